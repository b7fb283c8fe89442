using System.Globalization;
using System.Runtime.CompilerServices;

namespace TaskConsole.Agent.Execution;

/// <summary>What only the start of the agent needed: garbage, and pages of code that count as the agent's for as long as it lives.</summary>
internal static class StartupMemory
{
    private const string CodeOfFile = "r-xp";
    private const int AddressColumn = 0, PermissionsColumn = 1, PathColumn = 5;

    /// <summary>Gives it back to the kernel. Code that is called again is mapped again from the kernel's cache of files, a few pages at a time.</summary>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);

        // Pages of a compiler that runs in this process are not those of a file any more: they would be lost.
        if (RuntimeFeature.IsDynamicCodeSupported)
            return;
        foreach (var mapping in File.ReadAllLines("/proc/self/maps"))
        {
            var columns = mapping.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length <= PathColumn || columns[PermissionsColumn] != CodeOfFile || columns[PathColumn][0] != '/')
                continue;
            var ends = columns[AddressColumn].Split('-');
            var (first, end) = (Address(ends[0]), Address(ends[1]));
            _ = Libc.AdviseMemory(first, (nuint)(end - first), Libc.DoNotNeed);
        }
    }

    private static nint Address(string hex) => nint.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
