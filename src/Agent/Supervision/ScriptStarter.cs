using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Details;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision.Messages;
using TaskConsole.Contract;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Supervision;

/// <summary>A script that was started, or is about to tell why it was not.</summary>
/// <param name="Pid">Of the exec role, which becomes the script.</param>
/// <param name="Uid">Who it runs as.</param>
/// <param name="Cgroup">Holds all its processes; null: there is none here.</param>
/// <param name="Report">Where <see cref="ExecReport"/> comes from.</param>
internal sealed record StartingScript(int Pid, uint Uid, AttemptCgroup? Cgroup, SafeFileHandle Stdout, SafeFileHandle Stderr, SafeFileHandle Report);

/// <summary>A script could not be started.</summary>
/// <param name="detail">Why.</param>
internal sealed class CannotStartException(Detail detail) : Exception(detail.Code)
{
    public Detail Detail => detail;
}

/// <summary>Lays out the files of a script and starts the exec role that becomes it.</summary>
internal sealed class ScriptStarter(AttemptFolder folder, SupervisorRequest request, AttemptId id)
{
    private const uint PrivateFile = 0b110_000_000;
    private const uint PrivateFolder = 0b111_000_000;
    private const string NullDevice = "/dev/null";
    private readonly AttemptMark _mark = new(id);

    /// <summary>Where the script begins.</summary>
    public string WorkingDirectory =>
        request.Claim.WorkingDirectory.Length > 0 ? request.Claim.WorkingDirectory : folder.FilesPath;

    /// <summary>Why the exec role did not become the script. Holds no value of the script.</summary>
    public Detail Explain(ExecReport report) => report.Step switch
    {
        ExecStep.User => AttemptDetail.Of(AttemptDetailCode.UserRefused, User, Errno(report)),
        ExecStep.WorkingDirectory => AttemptDetail.Of(AttemptDetailCode.WorkingDirectory, ("path", AttemptDetail.Text(WorkingDirectory)), Errno(report)),
        ExecStep.Script => AttemptDetail.Of(AttemptDetailCode.ScriptUnreadable, User, Errno(report)),
        ExecStep.Interpreter => AttemptDetail.Of(AttemptDetailCode.Interpreter, ("interpreter", AttemptDetail.Text(string.Join(' ', request.Claim.Interpreter))), Errno(report)),
        _ => AttemptDetail.Of(AttemptDetailCode.ExecEnded),
    };

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
                [.. OwnProgram.CleanEnvironment(), .. _mark.Entries.Select(System.Text.Encoding.ASCII.GetString)],
                [(nothing, 0), (stdoutEnd, 1), (stderrEnd, 2), (specEnd, ExecRole.SpecDescriptor), (reportEnd, ExecRole.ReportDescriptor)]);
            specEnd.Dispose();
            // It waits for its spec: nothing of the script can run outside.
            var cgroup = request.CgroupParent.Length > 0 ? AttemptCgroup.TryMake(request.CgroupParent, id, pid) : null;
            SendSpec(specTarget, spec);
            return new StartingScript(pid, user.Uid, cgroup, stdout, stderr, report);
        }
    }

    private (string, DetailArgument) User => ("user", AttemptDetail.Text(request.Claim.RunAs));

    private static (string, DetailArgument) Errno(ExecReport report) => ("errno", AttemptDetail.Number(report.Errno));

    private UserAccount FindUser()
    {
        var current = UserAccount.Current();
        if (request.Claim.RunAs.Length == 0 || current.IsCalled(request.Claim.RunAs))
            return current;
        return UserAccount.Find(request.Claim.RunAs)
            ?? throw new CannotStartException(AttemptDetail.Of(AttemptDetailCode.UserUnknown, User));
    }

    // Given to the user from the inside out, by descriptor: from then on the user may change what lies there.
    private void WriteFiles(UserAccount user)
    {
        MakeFolder(folder.WorkPath);
        MakeFolder(folder.FilesPath);
        using (var script = Descriptors.Open(folder.ScriptPath, Libc.WriteOnly | Libc.Create | Libc.Exclusive | Libc.NoFollow, PrivateFile))
        {
            Descriptors.WriteAll(script, request.Payload.Script.Span);
            Give(script, user, folder.ScriptPath);
        }

        foreach (var path in (string[])[folder.FilesPath, folder.WorkPath])
        {
            using var opened = Descriptors.Open(path, Libc.ReadOnly | Libc.Directory | Libc.NoFollow);
            Give(opened, user, path);
        }
    }

    private static void MakeFolder(string path)
    {
        if (Libc.MakeDirectory(path, PrivateFolder) != 0)
            throw Libc.Failure(path);
    }

    private static void Give(SafeFileHandle file, UserAccount user, string path)
    {
        if (user.Uid != Libc.EffectiveUserId() && Libc.ChangeOwner((int)file.DangerousGetHandle(), user.Uid, user.Gid) != 0)
            throw Libc.Failure(path);
    }

    private byte[] MakeSpec(UserAccount user) => new ExecSpec
    {
        User = user.Uid == Libc.EffectiveUserId() ? null : user,
        WorkingDirectory = WorkingDirectory,
        SearchPath = request.SearchPath,
        Arguments = [.. request.Claim.Interpreter, folder.ScriptPath],
        Environment = ScriptEnvironment.Build(request, user, _mark),
    }.Encode();

    private static void SendSpec(SafeFileHandle target, byte[] spec)
    {
        try
        {
            Descriptors.WriteAll(target, spec);
        }
        catch (IOException)
        {
            // The exec role is gone; its report says so.
        }
    }
}
