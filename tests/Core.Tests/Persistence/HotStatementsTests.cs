using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>The hand-written statements of both engines: whatever goes in comes out, and conditions hold.</summary>
public abstract class HotStatementsTests(TestDatabase database) : DatabaseTests(database)
{
    private const string Awkward = "é😀 \"'\\ `%_\t\n\r \u0001 </script> {{}} \\u0041";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);

    private readonly Guid _taskId = Guid.CreateVersion7();
    private readonly IdBlock _ids = IdBlock.Create(TimeProvider.System);

    private IStoreDialect Dialect => Database.Contexts().Dialect;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await using var context = Database.Context();
        context.Tasks.Add(new OpsTask { Id = _taskId, Name = "n", CreatedBy = "me", Targets = "{}", CreatedAt = Now });
        await context.SaveChangesAsync(Cancel);
    }

    [Fact]
    public async Task CommandHosts_come_out_as_they_went_in()
    {
        CommandHost[] rows = [Row(0), Full(1), .. Enumerable.Range(2, 2_500).Select(place => Row(place))];
        await using (var context = await OpenAsync())
        {
            await Dialect.InsertCommandHostsAsync(context, rows, Cancel);
        }

        await using var later = Database.Context();
        var read = await later.CommandHosts.OrderBy(row => row.Id).AsNoTracking().ToListAsync(Cancel);
        Assert.Equal(rows.Length, read.Count);
        Assert.Equivalent(rows[0], read[0], strict: true);
        Assert.Equivalent(rows[1], read[1], strict: true);
        Assert.Equal(rows.Select(row => row.Id), read.Select(row => row.Id));

        var some = await Dialect.CommandHosts(later, [.. rows.Where((_, place) => place % 3 == 0).Select(row => row.Id), Guid.NewGuid()]).ToListAsync(Cancel);
        Assert.Equal(rows.Where((_, place) => place % 3 == 0).Select(row => row.Id), some.Select(row => row.Id).Order());
        Assert.Empty(await Dialect.CommandHosts(later, []).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Only_frames_within_the_ranges_are_deleted()
    {
        CommandHost[] rows = [Row(0), Row(1)];
        OutputFrame[] frames =
        [
            .. from row in rows
               from attempt in new[] { 1, 2 }
               from stream in new[] { OutputStream.Stdout, OutputStream.Stderr }
               from place in Enumerable.Range(0, 5)
               select new OutputFrame { CommandHostId = row.Id, Attempt = attempt, Stream = stream, Offset = 10 * place, Length = 10, Order = place, Content = new byte[10] },
        ];
        await using (var context = await OpenAsync())
        {
            await Dialect.InsertCommandHostsAsync(context, rows, Cancel);
            await Dialect.InsertFramesAsync(context, frames, Cancel);
            await Dialect.DeleteFramesAsync(context, [], Cancel);
            await Dialect.DeleteFramesAsync(
                context,
                [
                    new FrameRange(rows[0].Id, 1, OutputStream.Stdout, 10, 40),
                    new FrameRange(rows[1].Id, 2, OutputStream.Stdout, 0, long.MaxValue),
                    new FrameRange(rows[1].Id, 2, OutputStream.Stderr, 0, long.MaxValue),
                ],
                Cancel);
        }

        // The one that ends at 40 is not before it.
        await using var later = Database.Context();
        var left = await later.OutputFrames.AsNoTracking().ToListAsync(Cancel);
        Assert.Equal([0, 30, 40], left.Where(frame => frame.CommandHostId == rows[0].Id && frame.Attempt == 1 && frame.Stream == OutputStream.Stdout).Select(frame => frame.Offset).Order());
        Assert.DoesNotContain(left, frame => frame.CommandHostId == rows[1].Id && frame.Attempt == 2);
        Assert.Equal(frames.Length - 2 - 10, left.Count);
    }

    [Fact]
    public async Task An_update_changes_only_rows_that_are_as_expected()
    {
        var rows = Enumerable.Range(0, 1_500).Select(place => Row(place)).ToArray();
        await using var context = await OpenAsync();
        await Dialect.InsertCommandHostsAsync(context, rows, Cancel);

        var changes = rows.Select((row, place) =>
        {
            var full = Full(place);
            full.HostName = row.HostName;
            return new CommandHostChange(
                full,
                place % 3 == 1 ? CommandHostStatus.Running : CommandHostStatus.Pending,
                place % 3 == 2 ? 2 : 1);
        }).ToArray();
        Assert.Equal(500, await Dialect.UpdateCommandHostsAsync(context, changes, Cancel));

        var read = await context.CommandHosts.OrderBy(row => row.Id).AsNoTracking().ToListAsync(Cancel);
        for (var place = 0; place < rows.Length; place++)
        {
            Assert.Equivalent(place % 3 == 0 ? changes[place].Row : rows[place], read[place], strict: true);
        }

        // The same again: matched by no condition, or matched and unchanged, never counted twice.
        Assert.Equal(0, await Dialect.UpdateCommandHostsAsync(context, changes.Where((_, place) => place % 3 != 0).ToArray(), Cancel));
        var same = changes.Where((_, place) => place % 3 == 0).Select(change => change with { ExpectedStatus = change.Row.Status, ExpectedAttempt = change.Row.Attempt }).ToArray();
        Assert.Equal(500, await Dialect.UpdateCommandHostsAsync(context, same, Cancel));
    }

    [Fact]
    public async Task An_update_may_empty_a_column_in_every_row()
    {
        CommandHost[] rows = [Full(0), Full(1)];
        await using var context = await OpenAsync();
        await Dialect.InsertCommandHostsAsync(context, rows, Cancel);
        var changes = rows.Select((row, place) => new CommandHostChange(Row(place), row.Status, row.Attempt)).ToArray();
        Assert.Equal(2, await Dialect.UpdateCommandHostsAsync(context, changes, Cancel));

        var read = await context.CommandHosts.OrderBy(row => row.Id).AsNoTracking().ToListAsync(Cancel);
        Assert.All(read, row => Assert.Equal((null, null, null, null, null), (row.Reason, row.StartedAt, row.ActiveHostId, row.ExitCode, row.OutputHash)));
    }

    [Fact]
    public async Task Results_come_out_as_they_went_in()
    {
        await using var context = await OpenAsync();
        await Dialect.InsertCommandHostsAsync(context, [Row(0), Row(1)], Cancel);
        CommandResult[] results = [Result(0, 1, null), Result(0, 2, Awkward), Result(0, 3, ""), Result(1, 1, new string('中', 1_000)), Result(1, 2, string.Concat(Enumerable.Repeat("😀", 500)))];
        await Dialect.InsertResultsAsync(context, results, Cancel);

        var read = await Dialect.Results(context, [_ids[0], _ids[1]]).ToListAsync(Cancel);
        Assert.Equal(results.Length, read.Count);
        foreach (var result in results)
        {
            Assert.Equivalent(result, read.Single(other => other.CommandHostId == result.CommandHostId && other.Attempt == result.Attempt), strict: true);
        }

        await Assert.ThrowsAnyAsync<Exception>(() => Dialect.InsertResultsAsync(context, [results[0]], Cancel));
    }

    [Fact]
    public async Task Frames_and_outputs_keep_every_byte()
    {
        var bytes = new byte[65_536];
        Random.Shared.NextBytes(bytes);
        await using var context = await OpenAsync();
        await Dialect.InsertCommandHostsAsync(context, [Row(0)], Cancel);
        OutputFrame[] frames =
        [
            .. Enumerable.Range(0, 80).Select(place => Frame(OutputStream.Stdout, place * 65_536L, bytes)),
            new OutputFrame { CommandHostId = _ids[0], Attempt = 1, Stream = OutputStream.Stderr, Offset = 0, Length = 5_000_000_000, Order = 7, Content = null },
            Frame(OutputStream.Stderr, 5_000_000_000, []),
        ];
        await Dialect.InsertFramesAsync(context, frames, Cancel);
        var read = await context.OutputFrames.AsNoTracking().OrderBy(frame => frame.Stream).ThenBy(frame => frame.Offset).ToListAsync(Cancel);
        Assert.Equal(frames.Length, read.Count);
        for (var place = 0; place < frames.Length; place++)
        {
            Assert.Equal((frames[place].Offset, frames[place].Length, frames[place].Order), (read[place].Offset, read[place].Length, read[place].Order));
            Assert.Equal(frames[place].Content, read[place].Content);
        }

        var output = new SealedOutput { TaskId = _taskId, Hash = new byte[32], Layout = [1, 0, 2], Content = bytes };
        await Dialect.InsertOutputsAsync(context, [output], Cancel);
        await Dialect.InsertOutputsAsync(context, [output, new SealedOutput { TaskId = _taskId, Hash = [.. Enumerable.Repeat((byte)9, 32)], Layout = [], Content = [] }], Cancel);
        var outputs = await context.Outputs.AsNoTracking().OrderBy(row => row.Hash).ToListAsync(Cancel);
        Assert.Equal(2, outputs.Count);
        Assert.Equal(bytes, outputs[0].Content);
        Assert.Equal([1, 0, 2], outputs[0].Layout);
        Assert.Empty(outputs[1].Content);
    }

    private async Task<TaskConsoleContext> OpenAsync()
    {
        var context = Database.Context();
        await context.Database.OpenConnectionAsync(Cancel);
        return context;
    }

    private OutputFrame Frame(OutputStream stream, long offset, byte[] content) =>
        new() { CommandHostId = _ids[0], Attempt = 1, Stream = stream, Offset = offset, Length = content.Length, Order = offset / 65_536, Content = content };

    private CommandHost Row(int place) => new()
    {
        Id = _ids[place],
        TaskId = _taskId,
        CommandIndex = place % 3,
        HostId = _ids[1_000_000 + (place / 3)],
        HostName = $"host-{place / 3}",
        Attempt = 1,
    };

    private CommandHost Full(int place) => new()
    {
        Id = _ids[place],
        TaskId = _taskId,
        CommandIndex = place % 3,
        HostId = _ids[1_000_000 + (place / 3)],
        HostName = Awkward,
        Status = CommandHostStatus.Unreachable,
        Reason = Reason.ResolvedByUser,
        Attempt = 11,
        ReadyAt = Now.AddSeconds(1),
        ReadyTaskId = _taskId,
        DispatchedAt = Now.AddSeconds(2),
        StartedAt = Now.AddSeconds(3),
        FinishedAt = Now.AddSeconds(4),
        UnreachableSince = Now.AddSeconds(5),
        CancelRequestedAt = Now.AddSeconds(6),
        ActiveHostId = _ids[1_000_000 + (place / 3)],
        ExitCode = -1,
        OutputHash = [.. Enumerable.Range(0, 32).Select(at => (byte)(at * 8))],
    };

    private CommandResult Result(int place, int attempt, string? message) => new()
    {
        CommandHostId = _ids[place],
        Attempt = attempt,
        TaskId = _taskId,
        Status = CommandHostStatus.Failed,
        Reason = message is null ? null : Reason.Signal,
        Details = message,
        ExitCode = message is null ? null : 255,
        Signal = message is null ? null : 9,
        DispatchedAt = message is null ? null : Now,
        ClaimedAt = message is null ? null : Now,
        StartedAt = message is null ? null : Now,
        FinishedAt = Now,
        DurationMs = message is null ? null : long.MaxValue,
        StdoutBytes = 1L << 40,
        StderrBytes = 3,
        Truncated = message is not null,
        OutputHash = message is null ? null : [.. Enumerable.Repeat((byte)0xFF, 32)],
        JournalSequence = message is null ? null : 77,
        Late = message is not null,
        Background = 2,
        TermSentAt = message is null ? null : Now,
        KillSentAt = message is null ? null : Now,
        Killed = 4,
        Escaped = 5,
    };
}

public sealed class SqliteHotStatementsTests(SqliteDatabase database) : HotStatementsTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbHotStatementsTests(MariaDbDatabase database) : HotStatementsTests(database), IClassFixture<MariaDbDatabase>;
