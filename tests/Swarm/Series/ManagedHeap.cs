using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace TaskConsole.Swarm.Series;

/// <summary>The managed heap of another .NET process, as its runtime tells it.</summary>
internal static class ManagedHeap
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly EventPipeProvider Collecting = new(
        ClrTraceEventParser.ProviderName,
        EventLevel.Informational,
        (long)(ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.GCHeapCollect));

    /// <summary>Has it collect everything that nobody holds; answers the bytes that are left, NaN when it does not answer in time.</summary>
    public static async Task<double> CollectAsync(int process, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var session = await new DiagnosticsClient(process).StartEventPipeSessionAsync(Collecting, requestRundown: false, token: patience.Token);
            return await Task.Run(() => Read(session), patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception silent) when (silent is OperationCanceledException or ServerNotAvailableException or DiagnosticsClientException && !cancellationToken.IsCancellationRequested)
        {
            return double.NaN;
        }
    }

    /// <summary>Reads until the collection that was asked for has ended.</summary>
    private static double Read(EventPipeSession session)
    {
        using var source = new EventPipeEventSource(session.EventStream);
        var (asked, bytes) = (false, double.NaN);
        source.Clr.GCStart += start => asked |= start.Depth == 2 && start.Reason is GCReason.Induced or GCReason.InducedNotForced or GCReason.InducedCompacting;
        source.Clr.GCHeapStats += stats =>
        {
            if (asked && double.IsNaN(bytes))
            {
                bytes = stats.TotalHeapSize;
                session.Stop();
            }
        };
        source.Process();
        return bytes;
    }
}
