using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Supervision.Messages;
using TaskConsole.Agent.Tests.Agents;

namespace TaskConsole.Agent.Tests;

/// <summary>What the agent remembers of leftovers, without agent and supervisor.</summary>
public sealed class LeftoverBookTests : IDisposable
{
    private const int Many = 200;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Nothing_of_a_leftover_stays_in_memory_though_somebody_asked_for_its_end_while_it_ended()
    {
        var data = new DataDirectory(Path.Combine(_folder.Path, "data"));
        using var cleaner = new WorkCleaner(data, new AgentJournal(data, TimeProvider.System, NullLogger<AgentJournal>.Instance), TimeProvider.System, NullLogger<WorkCleaner>.Instance);
        using var leftovers = new Leftovers(data, cleaner, TimeProvider.System, NullLogger<Leftovers>.Instance);
        List<AttemptId> ids = [.. Enumerable.Range(0, Many).Select(_ => new AttemptId(Guid.CreateVersion7(), 1))];
        foreach (var id in ids)
        {
            // Of a supervisor that was killed, and a cgroup that nobody is in any more.
            var folder = Directory.CreateDirectory(Path.Combine(data.LeftoversPath, id.ToString())).FullName;
            DurableFile.Write(Path.Combine(folder, "record"), new LeftoverRecord { BootId = BootId.Current, Cgroup = Path.Combine(_folder.Path, "gone") });
        }

        await leftovers.StartAsync(TestContext.Current.CancellationToken);
        while (leftovers.Count > 0)
        {
            foreach (var id in ids)
                await leftovers.EndAsync(id, new SupervisorCommand { KillGraceMs = 10 }, TestContext.Current.CancellationToken);
        }

        ids.ForEach(leftovers.Acknowledge);
        Assert.Empty(leftovers.Ended);
        Assert.All(
            typeof(Leftovers).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Select(field => field.GetValue(leftovers)).OfType<ICollection>(),
            book => Assert.Empty(book));
        await leftovers.StopAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _folder.Dispose();
}
