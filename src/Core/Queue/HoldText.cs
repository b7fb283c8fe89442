using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Queue;

/// <summary>A hold as the columns of a task keep it.</summary>
internal static class HoldText
{
    public static string WriteArguments(CodedMessage why) => Json.Write(why.Arguments);

    public static StoredHold? Read(OpsTask task) => task is { HoldCode: { } code, HoldArguments: { } arguments, HoldSince: { } since }
        ? new StoredHold(new CodedMessage(code, Json.Read<Dictionary<string, System.Text.Json.JsonElement>>(arguments)), since)
        : null;

    public static HoldView? View(StoredHold? hold) => hold is null ? null : new HoldView(hold.Why.Code, hold.Why.Arguments, hold.Since);
}
