using CsCheck;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <summary>A command as the model knows it. Times in seconds.</summary>
internal sealed record ModelCommand(OnFailure OnFailure, int Retries, int RetryDelay, int Timeout)
{
    public static Gen<ModelCommand> Any { get; } = Gen.Select(
        Gen.Enum<OnFailure>(),
        Gen.Int[0, 2],
        Gen.OneOf(0, 0, 5, 40),
        Gen.OneOf(5, 20, 90, 600),
        (onFailure, retries, delay, timeout) => new ModelCommand(onFailure, retries, delay, timeout));

    public override string ToString() => $"{OnFailure}+{Retries}/{RetryDelay}s<{Timeout}s";
}

/// <summary>A task as the model knows it. Times in seconds; null: no limit.</summary>
internal sealed record ModelSpec(ModelCommand[] Commands, OfflineHosts OfflineHosts, int Wait, int? Timeout)
{
    public static Gen<ModelSpec> Any { get; } = Gen.Select(
        ModelCommand.Any.Array[1, 4],
        Gen.Enum<OfflineHosts>(),
        Gen.OneOf(20, 100, 400),
        Gen.OneOf<int?>(null, null, null, 15, 80, 300),
        (commands, offlineHosts, wait, timeout) => new ModelSpec(commands, offlineHosts, wait, timeout));

    public override string ToString() => $"[{string.Join(' ', Commands.AsEnumerable())}, {OfflineHosts} {Wait}s, timeout {Timeout}]";
}

/// <summary>One or two tasks on the same hosts, and what happens to them.</summary>
internal sealed record Scenario(ModelSpec[] Tasks, int Hosts, Step[] Steps)
{
    public static Gen<Scenario> Any { get; } = Gen.Select(
        ModelSpec.Any.Array[1, 2],
        Gen.Int[1, 3],
        Step.Any.Array[0, 45],
        (tasks, hosts, steps) => new Scenario(tasks, hosts, steps));

    public override string ToString() => $"{Hosts} hosts, tasks {string.Join(' ', Tasks.AsEnumerable())}: {string.Join(' ', Steps.AsEnumerable())}";
}
