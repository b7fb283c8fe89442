using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tests.Tasks.Composing;

/// <summary>Targets, and what the contract names but this version refuses.</summary>
public sealed class TaskSpecTargetsTests
{
    private static readonly Guid Id = Guid.Parse("0198a000-0000-7000-8000-000000000001");

    [Fact]
    public void Exactly_one_kind_of_target_is_needed()
    {
        AssertAllowed(new TargetSpec { HostIds = [Id] });
        AssertAllowed(new TargetSpec { Selector = "env=prod" });
        AssertAllowed(new TargetSpec { All = true });
        AssertRefused("targets", null);
        AssertRefused("targets", new TargetSpec());
        AssertRefused("targets", new TargetSpec { HostIds = [Id], Selector = "env=prod" });
        AssertRefused("targets", new TargetSpec { HostIds = [Id], All = false });
        AssertRefused("targets", new TargetSpec { Selector = "env=prod", All = true });
    }

    [Fact]
    public void All_is_true() => AssertRefused("targets.all", new TargetSpec { All = false });

    [Theory]
    [InlineData(1, true)]
    [InlineData(200_000, true)]
    [InlineData(0, false)]
    [InlineData(200_001, false)]
    public void Host_ids_are_1_to_200000(int count, bool allowed)
    {
        var targets = new TargetSpec { HostIds = [.. Enumerable.Repeat(Id, count)] };
        if (allowed)
        {
            AssertAllowed(targets);
        }
        else
        {
            AssertRefused("targets.hostIds", targets);
        }
    }

    [Fact]
    public void A_host_id_is_not_empty() => AssertRefused("targets.hostIds[1]", new TargetSpec { HostIds = [Id, Guid.Empty] });

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("env in (prod")]
    [InlineData("env=web-*")]
    public void A_selector_can_be_read(string selector) => AssertRefused("targets.selector", new TargetSpec { Selector = selector });

    [Fact]
    public void What_is_not_supported_yet_is_refused_by_name()
    {
        var spec = Spec(new TargetSpec { All = true }) with
        {
            TimeoutSeconds = 60,
            WaitSeconds = 60,
            Lock = "db",
            OfflineHosts = OfflineHosts.Wait,
            Rollout = new RolloutSpec
            {
                MaxConcurrency = "50",
                MaxFailures = "0",
                Batches = "1",
                Pause = "None",
                BatchWaitSeconds = 1,
                Order = "Name",
                OrderLabel = "zone",
                Seed = 1,
                Steps = "PerHost",
            },
        };
        var errors = TaskSpecValidator.Validate(spec);
        Assert.Equal(
            ["lock", "offlineHosts", "rollout.batchWaitSeconds", "rollout.batches", "rollout.maxConcurrency", "rollout.maxFailures", "rollout.order",
             "rollout.orderLabel", "rollout.pause", "rollout.seed", "rollout.steps", "timeoutSeconds", "waitSeconds"],
            errors.Keys.Order(StringComparer.Ordinal));
        Assert.All(errors, error => Assert.StartsWith($"{error.Key} is not supported yet: ", Assert.Single(error.Value), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(OfflineHosts.Fail)]
    [InlineData(OfflineHosts.Skip)]
    public void Hosts_that_are_offline_fail_or_are_skipped(OfflineHosts offlineHosts) =>
        Assert.Empty(TaskSpecValidator.Validate(Spec(new TargetSpec { All = true }) with { OfflineHosts = offlineHosts }));

    private static TaskSpec Spec(TargetSpec? targets) => new() { Name = "n", Commands = [new CommandSpec { Script = "x" }], Targets = targets };

    private static void AssertAllowed(TargetSpec targets) => Assert.Empty(TaskSpecValidator.Validate(Spec(targets)));

    private static void AssertRefused(string path, TargetSpec? targets) => Assert.Equal([path], TaskSpecValidator.Validate(Spec(targets)).Keys);
}
