using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>A script that was started, or is about to tell why it was not.</summary>
/// <param name="Report">Where <see cref="ExecReport"/> comes from.</param>
internal sealed record StartingScript(int Pid, SafeFileHandle Stdout, SafeFileHandle Stderr, SafeFileHandle Report);

/// <summary>A script could not be started; the message is for people.</summary>
internal sealed class CannotStartException(string message) : Exception(message);

/// <summary>Lays out the files of a script and starts the exec role that becomes it.</summary>
internal sealed class ScriptStarter(AttemptFolder folder, SupervisorRequest request, AttemptMarker marker)
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;
    private const string NullDevice = "/dev/null";

    /// <summary>Where the script begins.</summary>
    public string WorkingDirectory =>
        request.Claim.WorkingDirectory.Length > 0 ? request.Claim.WorkingDirectory : folder.WorkPath;

    /// <exception cref="CannotStartException">The user is not known.</exception>
    /// <exception cref="IOException">A file could not be written, or the exec role not be started.</exception>
    public StartingScript Start()
    {
        var user = FindUser();
        WriteFiles(user);
        var spec = MakeSpec(user);
        using var nothing = Descriptors.Open(NullDevice, Libc.ReadOnly);
        var (stdout, stdoutEnd) = Descriptors.Pipe();
        var (stderr, stderrEnd) = Descriptors.Pipe();
        var (report, reportEnd) = Descriptors.Pipe();
        var (specEnd, specTarget) = Descriptors.Pipe();
        using (stdoutEnd)
        using (stderrEnd)
        using (reportEnd)
        using (specEnd)
        using (specTarget)
        {
            var pid = ChildProcess.Start(
                OwnProgram.Path,
                OwnProgram.Arguments("exec"),
                [.. OwnProgram.CleanEnvironment(), .. marker.Entries.Select(System.Text.Encoding.ASCII.GetString)],
                [(nothing, 0), (stdoutEnd, 1), (stderrEnd, 2), (specEnd, ExecRole.SpecDescriptor), (reportEnd, ExecRole.ReportDescriptor)]);
            specEnd.Dispose();
            SendSpec(specTarget, spec);
            return new StartingScript(pid, stdout, stderr, report);
        }
    }

    private UserAccount FindUser()
    {
        var current = UserAccount.Current();
        if (request.Claim.RunAs.Length == 0 || current.IsCalled(request.Claim.RunAs))
            return current;
        return UserAccount.Find(request.Claim.RunAs)
            ?? throw new CannotStartException($"there is no user '{request.Claim.RunAs}' on this host");
    }

    private void WriteFiles(UserAccount user)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = PrivateFile };
        using (var file = new FileStream(folder.ScriptPath, options))
            request.Payload.Script.WriteTo(file);
        Directory.CreateDirectory(folder.WorkPath, PrivateFolder);
        if (user.Uid == Libc.EffectiveUserId())
            return;
        folder.LetOthersPass();
        foreach (var path in (string[])[folder.ScriptPath, folder.WorkPath])
        {
            if (Libc.ChangeOwner(path, user.Uid, user.Gid) != 0)
                throw Libc.Failure(path);
        }
    }

    private ExecSpec MakeSpec(UserAccount user)
    {
        var spec = new ExecSpec
        {
            Interpreter = { request.Claim.Interpreter },
            SearchPath = request.SearchPath,
            ScriptPath = folder.ScriptPath,
            WorkingDirectory = WorkingDirectory,
        };
        spec.Environment.AddRange(ScriptEnvironment.Build(request, user, marker).Select(ByteString.CopyFrom));
        if (user.Uid != Libc.EffectiveUserId())
            spec.User = new ExecUser { Name = user.Name, Uid = user.Uid, Gid = user.Gid };
        return spec;
    }

    private static void SendSpec(SafeFileHandle target, ExecSpec spec)
    {
        try
        {
            Descriptors.WriteAll(target, LengthPrefixed.Encode(spec));
        }
        catch (IOException)
        {
            // The exec role is gone; its report says so.
        }
    }
}
