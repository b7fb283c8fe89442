using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using TaskConsole.AgentHub.Delivery;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.AgentHub.Sessions;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Sessions;

public sealed class MessageReadingTests
{
    private static readonly DateTimeOffset HubTime = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly AttemptKey AttemptOfHost = new(Guid.CreateVersion7(), 2);
    private static readonly Guid Host = Guid.CreateVersion7();
    private readonly FakeTimeProvider _time = new(HubTime);
    private static readonly JsonSerializerOptions AsStored = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly MessageReading _reading;

    public MessageReadingTests()
    {
        // The agent's clock is an hour behind.
        var clock = new AgentClock(Now, Now, Now - 3_600_000, _time);
        _reading = new MessageReading(Host, 7, clock, new AgentSession(Host, "web-01", "192.0.2.1", clock, new HeartbeatSchedule(TimeSpan.FromSeconds(15), TimeProvider.System).Take(), new Outbox(1, new ExecuteBudget(long.MaxValue)), _time) { Number = 1, SaidAt = _time.GetUtcNow() }, _time);
    }

    private static long Now => HubTime.ToUnixTimeMilliseconds();

    [Fact]
    public void An_end_is_read_with_corrected_times_and_the_session_that_it_came_by()
    {
        var read = Assert.IsType<AttemptFinished>(_reading.Read(Finished()));
        Assert.Equal((AttemptOfHost, Host, 7L), (read.Key, read.HostId, read.SessionEpoch));
        Assert.Equal((AttemptOutcome.Exited, 3, (int?)null), (read.Outcome, read.ExitCode!.Value, read.Signal));
        Assert.Equal((HubTime.AddSeconds(-10), HubTime.AddSeconds(-1)), (read.StartedAt!.Value, read.FinishedAt));
        Assert.Equal(9_000, read.DurationMs);
        Assert.Null(read.TermSentAt);
    }

    [Fact]
    public void A_cancel_of_what_never_started_has_no_exit_code_and_no_duration()
    {
        var finished = Finished();
        (finished.Outcome, finished.StartedAtMs, finished.ExitCode, finished.DurationMs) = (Wire.Outcome.Canceled, 0, 0, 0);
        var read = Assert.IsType<AttemptFinished>(_reading.Read(finished));
        Assert.Equal((AttemptOutcome.Canceled, null, null, null), (read.Outcome, read.ExitCode, read.StartedAt, read.DurationMs));
    }

    [Theory]
    [InlineData(Wire.Outcome.TimedOut, 0, 7, 7, null)]
    [InlineData(Wire.Outcome.TimedOut, 15, 0, null, 15)]
    [InlineData(Wire.Outcome.Canceled, 9, 0, null, 9)]
    [InlineData(Wire.Outcome.Signaled, 11, 0, null, 11)]
    [InlineData(Wire.Outcome.SupervisorLost, 0, 0, null, null)]
    public void Exit_code_and_signal_are_read_where_the_outcome_has_them(Wire.Outcome outcome, int signal, int exitCode, int? readExitCode, int? readSignal)
    {
        var finished = Finished();
        (finished.Outcome, finished.Signal, finished.ExitCode) = (outcome, signal, exitCode);
        var read = Assert.IsType<AttemptFinished>(_reading.Read(finished));
        Assert.Equal((readExitCode, readSignal), (read.ExitCode, read.Signal));
    }

    [Fact]
    public void Details_are_cut_and_cleaned()
    {
        var finished = Finished();
        finished.Details.Add(Detail("start.interpreter", ("interpreter", Text("bad\0\u001b[31m" + new string('x', 5_000))), ("errno", new Wire.DetailArgument { Number = 2 })));
        finished.Details.Add(Detail("start.user-unknown", ("user", Text("no room is left"))));
        var read = Assert.IsType<AttemptFinished>(_reading.Read(finished));
        var interpreter = read.Details[0].Arguments["interpreter"].GetString()!;
        Assert.StartsWith("bad\uFFFD\uFFFD[31mxxx", interpreter, StringComparison.Ordinal);
        Assert.Equal((1_000, 2), (interpreter.Length, read.Details[0].Arguments["errno"].GetInt32()));
        Assert.Equal(("start.user-unknown", ""), (read.Details[1].Code, read.Details[1].Arguments["user"].GetString()));
    }

    [Fact]
    public void Details_that_are_none_are_left_out_and_the_end_is_taken()
    {
        var finished = Finished();
        finished.Details.Add(Detail(""));
        finished.Details.Add(Detail("<b>"));
        finished.Details.Add(Detail("resolved.said", ("text", Text("lin: I saw it"))));
        finished.Details.Add(Detail(new string('a', 65)));
        finished.Details.Add(Detail("of-a-newer.agent", ("", Text("x")), ("not a name", Text("x")), (new string('n', 33), Text("x")), ("empty", new Wire.DetailArgument()), ("kept", Text("y"))));
        finished.Details.AddRange(Enumerable.Range(0, 9).Select(number => Detail("more")));
        var read = Assert.IsType<AttemptFinished>(_reading.Read(finished));
        Assert.Equal(["of-a-newer.agent (kept: y)", "more", "more", "more"], read.Details.Select(detail => detail.ToString()));
    }

    [Fact]
    public void The_largest_details_fit_into_their_column()
    {
        var finished = Finished();
        finished.Details.AddRange(Enumerable.Range(0, 9).Select(_ => Detail(
            new string('c', 64),
            [.. Enumerable.Range(0, 9).Select(index => (new string((char)('a' + index), 32), Text(new string('"', 999))))])));
        var read = Assert.IsType<AttemptFinished>(_reading.Read(finished));
        Assert.InRange(JsonSerializer.Serialize(read.Details, AsStored).Length, 2_000, 4_000);
    }

    [Fact]
    public void A_refusal_is_an_end_that_says_why()
    {
        var read = Assert.IsType<AttemptFinished>(_reading.Read(new Wire.Refused { Key = Ids.ToWire(AttemptOfHost), Cause = Wire.Refused.Types.Cause.Expired, Details = { Detail("refused.expired") }, JournalSequence = 5 }));
        Assert.Equal((AttemptOutcome.Refused, "refused.expired", HubTime, 5L), (read.Outcome, Assert.Single(read.Details).Code, read.FinishedAt, read.JournalSequence));
    }

    [Fact]
    public void Output_is_read_as_it_is()
    {
        var frame = Assert.IsType<AttemptOutput>(_reading.Read(Frame([0, 255, 10], 42)));
        Assert.Equal((OutputStream.Stderr, 42L, 3L, 45L, 9L), (frame.Stream, frame.Offset, frame.Length, frame.End, frame.Order));
        Assert.Equal(new byte[] { 0, 255, 10 }, frame.Content!.Value.ToArray());

        var omitted = Assert.IsType<AttemptOutput>(_reading.Read(new Wire.OutputOmitted { Key = Ids.ToWire(AttemptOfHost), Stream = Wire.OutputStream.Stdout, From = 10, To = 30, Order = 1 }));
        Assert.Equal((10L, 20L, null), (omitted.Offset, omitted.Length, omitted.Content));
    }

    private static Wire.Detail Detail(string code, params ReadOnlySpan<(string Name, Wire.DetailArgument Value)> arguments)
    {
        var detail = new Wire.Detail { Code = code };
        foreach (var (name, value) in arguments)
        {
            detail.Arguments.Add(name, value);
        }

        return detail;
    }

    private static Wire.DetailArgument Text(string text) => new() { Text = text };

    private const long TooMuch = 1L << 53;

    private static readonly Action<Wire.Finished>[] WrongEnds =
    [
        f => f.Key = null,
        f => f.Key.CommandHostId = ByteString.CopyFrom(new byte[15]),
        f => f.Key.Attempt = 0,
        f => f.Key.Attempt = uint.MaxValue,
        f => f.Outcome = Wire.Outcome.Unspecified,
        f => f.Outcome = (Wire.Outcome)99,
        f => f.ExitCode = 256,
        f => f.ExitCode = -1,
        f => f.Signal = 129,
        f => f.FinishedAtMs = 0,
        f => f.FinishedAtMs = long.MaxValue,
        f => f.StartedAtMs = long.MinValue,
        f => f.DurationMs = -1,
        f => f.StdoutBytes = -1,
        f => f.StderrBytes = -1,
        f => f.Killed = -1,
        f => f.Escaped = -1,
        f => f.Background = -1,
        f => f.JournalSequence = ulong.MaxValue,
        f => f.JournalSequence = TooMuch,
        f => f.StdoutBytes = long.MaxValue,
        f => f.StderrBytes = TooMuch,
        f => f.DurationMs = long.MaxValue,
        f => f.DurationMs = TimeSpan.FromDays(3_661).Ticks / TimeSpan.TicksPerMillisecond,
        f => f.Background = int.MaxValue,
        f => f.ClaimedAtMs = -1,
        f => f.TermSentAtMs = long.MaxValue,
        f => f.KillSentAtMs = long.MinValue,
    ];

    [Fact]
    public void An_end_that_breaks_the_contract_is_none() => Assert.All(WrongEnds, spoil =>
    {
        var finished = Finished();
        spoil(finished);
        Assert.Null(_reading.Read(finished));
    });

    private static readonly Action<Wire.BackgroundEnded>[] WrongBackgroundEnds =
    [
        e => e.Key = null,
        e => e.Key.Attempt = 0,
        e => e.EndedAtMs = 0,
        e => e.EndedAtMs = -1,
        e => e.EndedAtMs = long.MaxValue,
        e => e.DroppedBytes = -1,
        e => e.Killed = -1,
    ];

    [Fact]
    public void The_end_of_what_was_left_in_the_background_is_read_and_none_where_it_breaks_the_contract()
    {
        var read = Assert.IsType<AttemptBackgroundEnded>(_reading.Read(BackgroundEnded()));
        Assert.Equal((AttemptOfHost, Host, 7L, HubTime.AddSeconds(-1), 5L, 2), (read.Key, read.HostId, read.SessionEpoch, read.EndedAt, read.DroppedBytes, read.Killed));
        Assert.All(WrongBackgroundEnds, spoil =>
        {
            var ended = BackgroundEnded();
            spoil(ended);
            Assert.Null(_reading.Read(ended));
        });
    }

    private static Wire.BackgroundEnded BackgroundEnded() => new() { Key = Ids.ToWire(AttemptOfHost), EndedAtMs = Now - 3_601_000, DroppedBytes = 5, Killed = 2 };

    [Fact]
    public void What_scripts_left_on_a_host_is_read_and_never_negative()
    {
        var load = Facts.Read(new Wire.HostLoad { Lingering = 3, StuckFolders = 2, StuckBytes = 1 });
        Assert.Equal((3, 2, 1L), (load.Lingering, load.StuckFolders, load.StuckBytes));
        load = Facts.Read(new Wire.HostLoad { Lingering = -3, StuckFolders = -2, StuckBytes = -1 });
        Assert.Equal((0, 0, 0L), (load.Lingering, load.StuckFolders, load.StuckBytes));
    }

    private static readonly Action<Wire.OutputFrame>[] WrongFrames =
    [
        f => f.Data = ByteString.Empty,
        f => f.Data = ByteString.CopyFrom(new byte[65_537]),
        f => f.Offset = -1,
        f => f.Offset = long.MaxValue,
        f => f.Offset = TooMuch - 2,
        f => f.Order = 0,
        f => f.Order = -1,
        f => f.Order = long.MaxValue,
        f => f.Stream = Wire.OutputStream.Unspecified,
        f => f.Stream = (Wire.OutputStream)3,
        f => f.Key = null,
    ];

    [Fact]
    public void A_frame_that_breaks_the_contract_is_none() => Assert.All(WrongFrames, spoil =>
    {
        var frame = Frame([1, 2], 0);
        Assert.NotNull(_reading.Read(frame));
        spoil(frame);
        Assert.Null(_reading.Read(frame));
    });

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 5)]
    [InlineData(6, 5)]
    [InlineData(0, long.MinValue)]
    [InlineData(0, long.MaxValue)]
    [InlineData(0, TooMuch)]
    [InlineData(long.MinValue, long.MaxValue)]
    public void An_omission_that_omits_nothing_is_none(long from, long to) =>
        Assert.Null(_reading.Read(new Wire.OutputOmitted { Key = Ids.ToWire(AttemptOfHost), Stream = Wire.OutputStream.Stdout, From = from, To = to, Order = 1 }));

    [Fact]
    public void The_field_that_cannot_be_true_is_named()
    {
        var finished = Finished();
        finished.StderrBytes = -1;
        Assert.Null(_reading.Read(finished));
        Assert.Equal("stderr_bytes", _reading.Wrong);
        var frame = Frame([1], 0);
        frame.Order = 0;
        Assert.Null(_reading.Read(frame));
        Assert.Equal("order", _reading.Wrong);
        Assert.NotNull(_reading.Read(Frame([1], 0)));
        Assert.Equal("", _reading.Wrong);
    }

    [Fact]
    public void The_largest_numbers_that_can_be_true_are_read()
    {
        var finished = Finished();
        (finished.StdoutBytes, finished.StderrBytes, finished.JournalSequence, finished.Background, finished.Killed) = (TooMuch - 1, TooMuch - 1, TooMuch - 1, 1 << 22, int.MaxValue);
        Assert.NotNull(_reading.Read(finished));
        var frame = Frame([1, 2], TooMuch - 3);
        frame.Order = TooMuch - 1;
        Assert.NotNull(_reading.Read(frame));
    }

    private static Wire.OutputFrame Frame(byte[] data, long offset) =>
        new() { Key = Ids.ToWire(AttemptOfHost), Stream = Wire.OutputStream.Stderr, Offset = offset, Data = ByteString.CopyFrom(data), Order = 9 };

    private static Wire.Finished Finished() => new()
    {
        Key = Ids.ToWire(AttemptOfHost),
        JournalSequence = 12,
        Outcome = Wire.Outcome.Exited,
        ExitCode = 3,
        ClaimedAtMs = Now - 3_600_000 - 11_000,
        StartedAtMs = Now - 3_600_000 - 10_000,
        FinishedAtMs = Now - 3_600_000 - 1_000,
        DurationMs = 9_000,
        StdoutBytes = 100,
    };
}
