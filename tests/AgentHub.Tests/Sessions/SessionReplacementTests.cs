using TaskConsole.AgentHub.Delivery;
using TaskConsole.AgentHub.Sessions;
using TaskConsole.AgentHub.Tests.Delivery;
using TaskConsole.Core.Dispatch;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Sessions;

public sealed class SessionReplacementTests
{
    private static readonly Guid Host = Guid.CreateVersion7();
    private readonly SessionRegistry _registry = new();
    private long _number;

    [Fact]
    public async Task A_newer_session_ends_the_older_and_takes_over_its_epoch()
    {
        var older = Session();
        Assert.Empty(_registry.Arrive(older));
        Assert.True(_registry.TryEnter(older, out var none));
        Assert.Null(none);
        older.Open(epoch: 4, []);

        var newer = Session();
        Assert.Equal([older], _registry.Arrive(newer));
        Assert.True(_registry.TryEnter(newer, out var replaced));
        Assert.Same(older, replaced);
        await newer.ReplaceAsync(older);
        Assert.Equal(SessionEnd.ReplacedCause, (await older.Ending).Cause);
        Assert.Equal(4, newer.EpochToClose);
        Assert.False(_registry.Leave(older));
        Assert.Same(newer, _registry.Find(Host));
        Assert.True(_registry.Leave(newer));
        Assert.Null(_registry.Find(Host));
    }

    [Fact]
    public void Each_that_comes_is_given_all_the_others_and_none_takes_the_place_of_a_later_one()
    {
        AgentSession first = Session(), second = Session(), third = Session();
        Assert.Empty(_registry.Arrive(first));
        Assert.True(_registry.TryEnter(first, out _));
        Assert.Equal([first], _registry.Arrive(second));
        Assert.Equal([first, second], _registry.Arrive(third));
        Assert.True(_registry.TryEnter(third, out var replaced));
        Assert.Same(first, replaced);
        Assert.False(_registry.TryEnter(second, out var none));
        Assert.Null(none);
        Assert.Equal([third], _registry.Arrive(Session()));
    }

    [Fact]
    public async Task It_waits_until_the_older_can_get_no_epoch_any_more()
    {
        var older = Session();
        var newer = Session();
        var replaced = newer.ReplaceAsync(older);
        Assert.False(replaced.IsCompleted);
        older.Open(epoch: 9, []);
        await replaced;
        Assert.Equal(9, newer.EpochToClose);
    }

    [Fact]
    public async Task Of_many_at_once_exactly_one_stays()
    {
        var sessions = Enumerable.Range(0, 64).Select(_ => Session()).ToList();
        await Task.WhenAll(sessions.Select(session => Task.Run(async () =>
        {
            _registry.Arrive(session);
            session.Settle();
            if (!_registry.TryEnter(session, out var older))
            {
                session.End(SessionEnd.Replaced);
            }
            else if (older is not null)
            {
                await session.ReplaceAsync(older);
            }
        })));
        var left = Assert.Single(sessions, session => !session.Ending.IsCompleted);
        Assert.Same(left, _registry.Find(Host));
    }

    [Fact]
    public void Executes_and_cancels_that_come_before_it_is_open_are_sent_behind_the_Welcome()
    {
        var session = Session();
        var execute = ExecuteMessagesTests.Order("true", [], []);
        var cancel = new CancelOrder(execute.Key, Host, CancelCause.User, TimeSpan.FromSeconds(5));
        Assert.True(session.TryExecute(execute));
        Assert.True(session.TryCancel(cancel));

        session.Open(1, [[new Wire.HubMessage { Welcome = new Wire.Welcome() }]]);
        List<Wire.HubMessage> sent = [];
        session.Outbox.Take(sent, TimeProvider.System);
        Assert.Equal([Wire.HubMessage.KindOneofCase.Welcome, Wire.HubMessage.KindOneofCase.Execute, Wire.HubMessage.KindOneofCase.Cancel], sent.Select(m => m.KindCase));

        session.End(SessionEnd.Silent);
        Assert.False(session.TryExecute(execute));
        Assert.False(session.TryCancel(cancel));
    }

    [Fact]
    public async Task An_execute_made_for_an_earlier_session_is_not_delivered()
    {
        var older = Session();
        older.Open(1, []);
        var session = Session();
        await session.ReplaceAsync(older);
        var execute = ExecuteMessagesTests.Order("true", [], []);
        Assert.False(session.TryExecute(execute));
        Assert.True(session.TryExecute(execute with { SessionEpoch = 2 }));
        session.Open(3, []);
        Assert.False(session.TryExecute(execute));
        Assert.True(session.TryExecute(execute with { SessionEpoch = 3 }));
        List<Wire.HubMessage> sent = [];
        session.Outbox.Take(sent, TimeProvider.System);
        Assert.Single(sent);
    }

    [Fact]
    public void No_more_executes_wait_for_it_to_open_than_it_may_hold()
    {
        var session = Session();
        var execute = ExecuteMessagesTests.Order("true", [], []);
        var taken = Enumerable.Range(0, 1_000).Count(_ => session.TryExecute(execute));
        Assert.InRange(taken, 1, 64);
    }

    [Fact]
    public async Task Only_the_first_cause_of_an_end_counts()
    {
        var session = Session();
        session.End(SessionEnd.Silent);
        session.End(SessionEnd.Broken);
        Assert.Equal("silent", (await session.Ending).Cause);
    }

    private AgentSession Session() => new(Host, "web-01", "192.0.2.1", new AgentClock(0, 0, 0, TimeProvider.System), new HeartbeatSchedule(TimeSpan.FromSeconds(15), TimeProvider.System).Take(), new Outbox(16, new ExecuteBudget(long.MaxValue)), TimeProvider.System) { Number = Interlocked.Increment(ref _number), SaidAt = TimeProvider.System.GetUtcNow() };
}
