using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Acts;

/// <summary>The one door: what it asks first, what it refuses, and what it leaves in the audit.</summary>
public abstract class ActTests(TestDatabase database) : EngineTests(database)
{
    private static readonly Type[] Doors = [typeof(TaskService), typeof(TaskQueries), typeof(TaskGroups), typeof(OutputReader), typeof(HostService)];

    private readonly StrictPolicy _policy = new();

    private protected override void Add(IServiceCollection services) => services.AddSingleton<IAccessPolicy>(_policy);

    [Fact]
    public async Task Whoever_has_no_role_for_it_is_refused_before_the_input_is_looked_at_at_every_door()
    {
        _policy.RefusesRoles = true;
        var before = await StoreAsync();
        foreach (var door in Doors)
        {
            var service = typeof(TestEngine).GetMethod(nameof(TestEngine.Get))!.MakeGenericMethod(door).Invoke(Engine, null)!;
            foreach (var method in door.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                foreach (var flag in new[] { false, true })
                {
                    // Nothing of this input is right: the role comes first all the same.
                    var arguments = method.GetParameters().Select(parameter => parameter.ParameterType == typeof(bool) ? flag : NothingOf(parameter.ParameterType)).ToArray();
                    Assert.Contains(arguments, argument => argument is Actor);
                    var answer = (Task)method.Invoke(service, arguments)!;
                    await answer;
                    var problem = ProblemOf(answer.GetType().GetProperty("Result")!.GetValue(answer)!);
                    Assert.True(problem is Problem.Forbidden, $"{door.Name}.{method.Name} answered {problem?.ToString() ?? "a value"}");
                }
            }
        }

        Assert.Equal(before, await StoreAsync());
        Assert.Empty(await AuditAsync());
        Assert.Equal(Act.All.Select(act => act.Code).Order(StringComparer.Ordinal), _policy.Asked.Select(act => act.Code).Order(StringComparer.Ordinal));
    }

    /// <summary>What a page or endpoint could call besides the doors: a new one is a door, or stands here because an agent or the host calls it.</summary>
    [Fact]
    public void Nothing_else_of_Core_that_others_may_call_works_in_the_background()
    {
        var others = typeof(TaskEngine).Assembly.GetExportedTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && !Doors.Contains(type))
            .Where(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Any(method => typeof(Task).IsAssignableFrom(method.ReturnType) || method.ReturnType.Name.StartsWith("ValueTask", StringComparison.Ordinal)))
            .Select(type => type.Name);
        Assert.Equal(["HostSessions", "ResultPipeline", "TaskActs", "Watch`1"], others.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Each_audited_act_leaves_one_row_with_what_it_changed()
    {
        await DoAllAsync(allowed: true);
        var rows = await AuditAsync();
        Assert.Equal(Act.All.Where(act => act.IsAudited).Select(act => act.Code).Order(StringComparer.Ordinal), rows.Select(row => row.Act).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.All(rows, row =>
        {
            var item = JsonDocument.Parse(row.Item).RootElement;
            Assert.Equal(TestEngine.Me.Id, item.GetProperty("actor").GetProperty("id").GetGuid());
            Assert.Equal(("me", "Person"), (item.GetProperty("actor").GetProperty("name").GetString(), item.GetProperty("actor").GetProperty("kind").GetString()));
            Assert.Equal(TestEngine.Me.Address, item.GetProperty("address").GetString());
            Assert.Equal((row.Act, "Done", 1), (item.GetProperty("act").GetString(), item.GetProperty("outcome").GetString(), item.GetProperty("count").GetInt32()));
            Assert.Equal(Act.All.Single(act => act.Code == row.Act).Subject.ToString(), item.GetProperty("subject").GetProperty("kind").GetString());
        });

        Assert.Equal("""{"draining":false}""", Part(rows, Act.DrainHost, "before"));
        Assert.Equal("""{"draining":true}""", Part(rows, Act.DrainHost, "after"));
        Assert.Equal("""{"labels":{"env":"prod"}}""", Part(rows, Act.LabelHost, "after"));
        Assert.Equal("""{"status":"Pending"}""", Part(rows, Act.StartTask, "before"));
        Assert.Equal("""{"status":"Queued"}""", Part(rows, Act.StartTask, "after"));
        Assert.Equal("""{"status":"Unreachable"}""", Part(rows, Act.ResolveCommandHost, "before"));
        Assert.Equal("""{"message":"seen","reason":"ResolvedByUser","status":"Failed"}""", Part(rows, Act.ResolveCommandHost, "after"));
        Assert.Null(Part(rows, Act.ReadJoinToken, "after"));
        var created = JsonDocument.Parse(Part([.. rows.Where(row => row.Item.Contains("secretParameters", StringComparison.Ordinal))], Act.CreateTask, "after")!).RootElement;
        Assert.Equal(1, created.GetProperty("hosts").GetProperty("count").GetInt32());
        Assert.Equal(["PASSWORD"], created.GetProperty("secretParameters").EnumerateArray().Select(name => name.GetString()));
        Assert.All(rows, row => Assert.DoesNotContain("hunter2-is-secret", row.Item, StringComparison.Ordinal));
        Assert.All(rows, row => Assert.DoesNotContain("echo what nobody keeps", row.Item, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_is_outside_of_its_scope_changes_nothing_and_the_scope_is_asked_with_its_hosts()
    {
        await DoAllAsync(allowed: false);
        Assert.All(Act.All.Where(act => act.IsAudited), act => Assert.Contains(act, _policy.Scoped.Keys));
        Assert.All(_policy.Scoped, scoped => Assert.True(scoped.Key == Act.ReadJoinToken ? scoped.Value.Count == 0 : scoped.Value.Count == 1, $"{scoped.Key}: {scoped.Value.Count} hosts"));
    }

    [Fact]
    public async Task What_was_not_done_leaves_no_row()
    {
        await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("1"));
        var before = await AuditAsync();
        Assert.IsType<Problem.WrongState>((await Engine.Tasks.StartAsync(task.Id, TestEngine.Me, Cancel)).Problem);
        Assert.IsType<Problem.NotFound>((await Engine.Tasks.CancelAsync(Guid.NewGuid(), null, TestEngine.Me, Cancel)).Problem);
        Assert.IsType<Problem.Invalid>((await Engine.Tasks.CreateAsync(Spec("1") with { Name = "" }, TestEngine.Me, null, Cancel)).Problem);
        Assert.Equal(before.Count, (await AuditAsync()).Count);
    }

    [Fact]
    public async Task A_repeated_request_is_audited_once()
    {
        await Engine.AddHostAsync("a");
        var claim = new IdempotencyClaim("key", "me", [1]);
        var first = await Engine.Tasks.CreateAsync(Spec("1"), TestEngine.Me, claim, Cancel);
        var second = await Engine.Tasks.CreateAsync(Spec("1"), TestEngine.Me, claim, Cancel);
        Assert.Equal(first.Value.Id, second.Value.Id);
        Assert.Single(await AuditAsync());
    }

    /// <summary>Does, or is refused, everything that is audited.</summary>
    private async Task DoAllAsync(bool allowed)
    {
        var agent = await Engine.AddHostAsync("a");
        var spec = Spec("echo what nobody keeps") with { Start = null, SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["PASSWORD"] = "hunter2-is-secret" } };
        var task = (await RunAsync(() => Engine.Tasks.CreateAsync(spec, TestEngine.Me, null, Cancel), allowed, () => CreateAsync(spec)))!;
        await RunAsync(() => Engine.Tasks.StartAsync(task.Id, TestEngine.Me, Cancel), allowed, async () => (await Engine.Tasks.StartAsync(task.Id, TestEngine.Me, Cancel)).Value);
        await Engine.DispatchAsync();
        var row = Assert.Single(await Engine.RowsAsync(task.Id));
        await agent.ByeAsync();
        await RunAsync(() => Engine.Tasks.ResolveAsync(row.Id, CommandHostStatus.Failed, "seen", TestEngine.Me, Cancel), allowed, async () => (await Engine.Tasks.ResolveAsync(row.Id, CommandHostStatus.Failed, "seen", TestEngine.Me, Cancel)).Value);
        await agent.HelloAsync();
        var retry = (await RunAsync(() => Engine.Tasks.RetryAsync(task.Id, TestEngine.Me, Cancel), allowed, async () => (await Engine.Tasks.RetryAsync(task.Id, TestEngine.Me, Cancel)).Value))!;
        await RunAsync(() => Engine.Tasks.CancelAsync(retry.Id, null, TestEngine.Me, Cancel), allowed, async () => (await Engine.Tasks.CancelAsync(retry.Id, null, TestEngine.Me, Cancel)).Value);

        var left = Assert.Single(await DispatchedAsync(Spec("1")));
        await agent.FinishedAsync(Key(left), background: 1);
        await Engine.FlushAsync();
        await RunAsync(() => Engine.Tasks.EndBackgroundAsync(left.Id, TestEngine.Me, null, Cancel), allowed, null);

        await RunAsync(() => Engine.Hosts.SetDrainingAsync(agent.HostId, true, TestEngine.Me, Cancel), allowed, null);
        await RunAsync(() => Engine.Hosts.SetDrainingAsync(agent.HostId, false, TestEngine.Me, Cancel), allowed, null);
        await RunAsync(() => Engine.Hosts.SetLabelsAsync(agent.HostId, new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "prod" }, TestEngine.Me, Cancel), allowed, null);
        var (approved, rejected) = (await AskAsync("b"), await AskAsync("c"));
        await RunAsync(() => Engine.Hosts.ApproveAsync(approved, null, TestEngine.Me, Cancel), allowed, null);
        await RunAsync(() => Engine.Hosts.RejectAsync(rejected, null, TestEngine.Me, Cancel), allowed, null);
        await RunAsync(() => Engine.Hosts.DeleteAsync(approved, TestEngine.Me, Cancel), allowed, null);
        await RunAsync(() => Engine.Hosts.ReadJoinTokenAsync(TestEngine.Me, Cancel), allowed, null);
    }

    /// <summary>Does an act, or sees that it is refused without a trace, and then does it all the same where others build on it.</summary>
    private async Task<T?> RunAsync<T>(Func<Task<Answer<T>>> act, bool allowed, Func<Task<T>>? anyway)
    {
        if (allowed)
        {
            var answer = await act();
            Assert.True(answer.Problem is null, answer.Problem?.ToString());
            return answer.Value;
        }

        var (before, audited) = (await StoreAsync(), (await AuditAsync()).Count);
        _policy.RefusesScopes = true;
        Assert.IsType<Problem.Forbidden>((await act()).Problem);
        _policy.RefusesScopes = false;
        Assert.Equal((before, audited), (await StoreAsync(), (await AuditAsync()).Count));
        return anyway is null ? default : await anyway();
    }

    private async Task<Guid> AskAsync(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await Engine.Sessions.EnrolAsync(
            new EnrolmentRequest
            {
                Name = name,
                PublicKey = key.ExportSubjectPublicKeyInfo(),
                JoinToken = await Engine.Get<Core.Persistence.InstallationIdentity>().JoinTokenAsync(Cancel),
                Labels = new Dictionary<string, string>(StringComparer.Ordinal),
                Facts = TestEngine.Facts,
                Address = "192.0.2.7",
            },
            Cancel);
        await using var context = Engine.Read();
        return await context.Hosts.Where(host => host.Name == name).Select(host => host.Id).SingleAsync(Cancel);
    }

    private async Task<List<AuditRow>> AuditAsync()
    {
        await using var context = Engine.Read();
        return await context.Audit.OrderBy(row => row.Id).ToListAsync(Cancel);
    }

    private static string? Part(List<AuditRow> rows, Act act, string part) =>
        JsonDocument.Parse(rows.First(row => row.Act == act.Code).Item).RootElement.TryGetProperty(part, out var value) ? value.GetRawText() : null;

    private static object? NothingOf(Type type) => type == typeof(Actor) ? TestEngine.Me
        : type.IsValueType ? Activator.CreateInstance(type)
        : type.GetConstructor(Type.EmptyTypes) is { } constructor && type != typeof(string) ? constructor.Invoke(null)
        : null;

    private static Problem? ProblemOf(object answer) => (Problem?)answer.GetType().GetProperty(nameof(Answer<int>.Problem))!.GetValue(answer);
}

public sealed class SqliteActTests(SqliteDatabase database) : ActTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbActTests(MariaDbDatabase database) : ActTests(database), IClassFixture<MariaDbDatabase>;
