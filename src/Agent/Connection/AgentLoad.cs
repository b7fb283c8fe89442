using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.HostFacts;
using TaskConsole.Agent.Journal;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>What hello and heartbeats tell of the load: how busy the machine is, what runs of the agent's attempts, and what their files take.</summary>
internal sealed class AgentLoad(HostLoadSampler machine, DataDirectory data, AttemptRegistry attempts, Leftovers leftovers, WorkCleaner cleaner)
{
    /// <summary>The load since the last sample.</summary>
    public HostLoad Sample()
    {
        var load = machine.Sample();
        load.DiskFreeBytes = data.FreeBytes();
        load.Running = attempts.Running;
        load.Lingering = leftovers.Count;
        load.StuckFolders = cleaner.Stuck;
        load.StuckBytes = cleaner.StuckBytes;
        return load;
    }
}
