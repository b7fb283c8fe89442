using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Agent.Supervision;

/// <summary>The address of a socket by way of an open descriptor of its folder: paths of any length fit.</summary>
internal static class SocketAddress
{
    /// <summary>Valid while the folder is open.</summary>
    public static string Of(SafeFileHandle folder, string name) =>
        $"/proc/self/fd/{folder.DangerousGetHandle().ToString(CultureInfo.InvariantCulture)}/{name}";
}
