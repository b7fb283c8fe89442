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
            Lock = "db",
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
            ["lock", "rollout.batchWaitSeconds", "rollout.batches", "rollout.maxConcurrency", "rollout.maxFailures", "rollout.order",
             "rollout.orderLabel", "rollout.pause", "rollout.seed", "rollout.steps"],
            errors.Keys.Order(StringComparer.Ordinal));
        Assert.All(errors, error => Assert.StartsWith($"task.not-supported (field: {error.Key}, feature: ", Assert.Single(error.Value).ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(604_800, true)]
    [InlineData(604_801, false)]
    public void The_timeout_of_a_task_and_the_wait_for_hosts_are_seconds(int seconds, bool allowed)
    {
        var spec = Spec(new TargetSpec { All = true }) with { TimeoutSeconds = seconds, WaitSeconds = seconds, OfflineHosts = OfflineHosts.Wait };
        Assert.Equal(allowed ? [] : ["timeoutSeconds", "waitSeconds"], TaskSpecValidator.Validate(spec).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_wait_goes_with_hosts_that_are_waited_for() =>
        Assert.Equal(["waitSeconds"], TaskSpecValidator.Validate(Spec(new TargetSpec { All = true }) with { WaitSeconds = 5 }).Keys);

    [Theory]
    [InlineData(OfflineHosts.Fail)]
    [InlineData(OfflineHosts.Skip)]
    [InlineData(OfflineHosts.Wait)]
    public void Hosts_that_are_offline_fail_are_skipped_or_waited_for(OfflineHosts offlineHosts) =>
        Assert.Empty(TaskSpecValidator.Validate(Spec(new TargetSpec { All = true }) with { OfflineHosts = offlineHosts }));

    private static TaskSpec Spec(TargetSpec? targets) => new() { Name = "n", Commands = [new CommandSpec { Script = "x" }], Targets = targets };

    private static void AssertAllowed(TargetSpec targets) => Assert.Empty(TaskSpecValidator.Validate(Spec(targets)));

    private static void AssertRefused(string path, TargetSpec? targets) => Assert.Equal([path], TaskSpecValidator.Validate(Spec(targets)).Keys);
}
