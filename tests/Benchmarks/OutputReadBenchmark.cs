using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Benchmarks;

/// <summary>
/// Reading 200 KB of output on SQLite while it runs and after it was sealed, sent byte by byte (as one stream, and from
/// stream to stream); the baseline reads the same bytes sent in frames of 64 KiB.
/// </summary>
[MemoryDiagnoser]
public class OutputReadBenchmark
{
    private const int Bytes = 200 * 1024;

    /// <summary>Events of one transaction, as the pipeline commits them at most.</summary>
    private const int Batch = 1_000;

    private static readonly Actor Reader = new(ActorKind.Person, Guid.CreateVersion7(), "benchmark");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskconsole-benchmark-");
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Bytes);
    private ServiceProvider _services = null!;
    private OutputReader _outputs = null!;
    private Guid _large;
    private Guid _small;
    private Guid _alternating;

    /// <summary>Whether it has ended.</summary>
    [Params(false, true)]
    public bool Sealed { get; set; }

    [GlobalSetup]
    public async Task MakeAsync()
    {
        var configuration = new ConfigurationBuilder().Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IAgentGateway, NoAgents>();
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddTaskEngine(configuration, _folder.FullName);
        _services = services.BuildServiceProvider();
        await _services.MigrateStoreAsync(CancellationToken.None);
        _outputs = _services.GetRequiredService<OutputReader>();
        _large = await WriteAsync(OutputFrame.MaxBytes, alternating: false);
        _small = await WriteAsync(1, alternating: false);
        _alternating = await WriteAsync(1, alternating: true);
    }

    [GlobalCleanup]
    public async Task RemoveAsync()
    {
        await _services.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Benchmark(Baseline = true)]
    public Task<long> LargeFrames() => ReadAsync(_large);

    [Benchmark]
    public Task<long> ByteByByte() => ReadAsync(_small);

    [Benchmark]
    public Task<long> StreamToStream() => ReadAsync(_alternating);

    private async Task<long> ReadAsync(Guid commandHostId)
    {
        var answer = await _outputs.OpenAsync(commandHostId, attempt: null, OutputSelection.Both, OutputCursor.Start, Reader, CancellationToken.None);
        var bytes = 0L;
        await foreach (var chunk in answer.Value.Chunks)
        {
            bytes += chunk.Content.Length;
        }

        return bytes == Bytes ? bytes : throw new InvalidOperationException($"{bytes} of {Bytes} bytes were read.");
    }

    private async Task<Guid> WriteAsync(int frameBytes, bool alternating)
    {
        var store = _services.GetRequiredService<Store>();
        var task = new OpsTask { Id = Guid.CreateVersion7(), Name = "n", CreatedBy = "me", Targets = "{}", CreatedAt = TimeProvider.System.GetUtcNow() };
        var row = new CommandHost { Id = Guid.CreateVersion7(), TaskId = task.Id, HostId = Guid.CreateVersion7(), HostName = "h", Attempt = 1, Status = CommandHostStatus.Running };
        List<OutputFrame> frames = [];
        long[] ends = [0, 0, 0];
        for (var offset = 0; offset < Bytes; offset += frameBytes)
        {
            var stream = alternating && frames.Count % 2 == 1 ? OutputStream.Stderr : OutputStream.Stdout;
            var content = _content[offset..Math.Min(Bytes, offset + frameBytes)];
            frames.Add(new OutputFrame { CommandHostId = row.Id, Attempt = 1, Stream = stream, Offset = ends[(int)stream], Length = content.Length, Order = frames.Count + 1, Content = content });
            ends[(int)stream] += content.Length;
        }

        var (output, _) = OutputSealer.Seal(task.Id, frames, ends[1], ends[2], new OutputOptions().LimitsFor(1));
        await store.WriteAsync(
            async (unit, token) =>
            {
                unit.Context.Tasks.Add(task);
                await unit.Context.SaveChangesAsync(token);
                await unit.Dialect.InsertCommandHostsAsync(unit.Context, [row], token);
                if (Sealed)
                {
                    await unit.Dialect.InsertOutputsAsync(unit.Context, [output], token);
                    await unit.Dialect.InsertResultsAsync(
                        unit.Context,
                        [new CommandResult { CommandHostId = row.Id, Attempt = 1, TaskId = task.Id, StdoutBytes = ends[1], StderrBytes = ends[2], OutputHash = output.Hash }],
                        token);
                    return;
                }

                foreach (var batch in frames.Chunk(Batch))
                {
                    await unit.Dialect.InsertFramesAsync(unit.Context, [.. FrameMerger.Merge(batch)], token);
                }
            },
            CancellationToken.None);
        return row.Id;
    }

    /// <summary>Nobody is connected.</summary>
    private sealed class NoAgents : IAgentGateway
    {
        public bool TryExecute(ExecuteOrder order) => false;

        public bool TryCancel(CancelOrder order) => false;

        public bool IsConnected(Guid hostId) => false;

        public bool TryEndBackground(EndBackgroundOrder order) => false;

        public void Reconcile(Guid hostId)
        {
        }

        public void Disconnect(Guid hostId)
        {
        }
    }
}
