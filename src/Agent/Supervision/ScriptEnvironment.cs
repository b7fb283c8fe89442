using System.Text;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>The complete environment of a script: nothing of the agent's own comes through.</summary>
internal static class ScriptEnvironment
{
    public static IReadOnlyList<byte[]> Build(SupervisorRequest request, UserAccount user, AttemptMark mark)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["PATH"] = request.SearchPath,
            ["HOME"] = user.HomeDirectory,
            ["USER"] = user.Name,
            ["LANG"] = request.Language,
        };
        foreach (var (name, value) in request.Payload.Environment.Concat(request.Payload.Secrets))
            variables[name] = value;
        variables["TASKCONSOLE_TASK_ID"] = new Guid(request.Claim.TaskId.Span, bigEndian: true).ToString("D");
        variables["TASKCONSOLE_HOST_NAME"] = request.HostName;
        variables.Remove("TASKCONSOLE_COMMAND_HOST_ID");
        variables.Remove("TASKCONSOLE_ATTEMPT");
        return [.. mark.Entries, .. variables.Select(variable => Encoding.UTF8.GetBytes($"{variable.Key}={variable.Value}"))];
    }
}
