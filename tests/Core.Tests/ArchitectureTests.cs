using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NetArchTest.Rules;

namespace TaskConsole.Core.Tests;

/// <summary>Who may know whom (docs/architecture.md, The pieces).</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Assembly Core = typeof(TaskEngine).Assembly;

    [Fact]
    public void Core_knows_neither_gRPC_nor_pages()
    {
        var known = Core.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToArray();
        Assert.DoesNotContain(known, name => name.StartsWith("Grpc", StringComparison.Ordinal) || name.StartsWith("Google.Protobuf", StringComparison.Ordinal));
        Assert.Equal(["TaskConsole.Contract"], known.Where(name => name.StartsWith("TaskConsole.", StringComparison.Ordinal)));

        // Data Protection keeps the secrets; nothing else of ASP.NET belongs here.
        Assert.All(
            known.Where(name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)),
            name => Assert.StartsWith("Microsoft.AspNetCore.DataProtection", name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_contract_knows_nothing_but_the_language()
    {
        Assert.Empty(ProjectReferences("src/Contract/TaskConsole.Contract.csproj"));
        Assert.All(typeof(Contract.CodedMessage).Assembly.GetReferencedAssemblies(), assembly => Assert.StartsWith("System.", assembly.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_agent_shares_nothing_with_the_console_but_the_wire() =>
        Assert.DoesNotContain(ProjectReferences("src/Agent/TaskConsole.Agent.csproj"), path => !path.Contains("protos", StringComparison.Ordinal));

    [Fact]
    public void The_hub_knows_Core_and_the_wire_alone() =>
        Assert.Equal(["../Core/TaskConsole.Core.csproj"], ProjectReferences("src/AgentHub/TaskConsole.AgentHub.csproj"));

    [Fact]
    public void Engines_are_named_in_Persistence_alone()
    {
        var result = Types.InAssembly(Core)
            .That().DoNotResideInNamespaceStartingWith("TaskConsole.Core.Persistence")
            .ShouldNot().HaveDependencyOnAny("MySqlConnector", "Microsoft.Data.Sqlite", "Pomelo.EntityFrameworkCore.MySql")
            .GetResult();
        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    [Fact]
    public void Types_are_named_after_what_they_are() =>
        Assert.DoesNotContain(Core.GetTypes(), type => EmptyWord().IsMatch(type.Name) && !type.Name.Contains('<', StringComparison.Ordinal));

    private static IEnumerable<string> ProjectReferences(string project)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "TaskConsole.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the source tree.");
        }

        return XDocument.Load(Path.Combine(folder.FullName, project)).Descendants("ProjectReference").Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'));
    }

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utilities|Processor|Data|Info)$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex EmptyWord();
}
