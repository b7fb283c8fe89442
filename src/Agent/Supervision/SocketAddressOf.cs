using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// The address of an attempt's socket. It goes through an open descriptor of the folder, because the kernel
/// takes at most 107 bytes as a socket's path. Valid until disposed.
/// </summary>
internal sealed class SocketAddressOf(AttemptFolder folder) : IDisposable
{
    private readonly SafeFileHandle _folder = Descriptors.Open(folder.Path, Libc.PathOnly | Libc.Directory);

    public UnixDomainSocketEndPoint EndPoint => new(
        $"/proc/self/fd/{_folder.DangerousGetHandle().ToString(CultureInfo.InvariantCulture)}/{folder.SocketName}");

    public void Dispose() => _folder.Dispose();
}
