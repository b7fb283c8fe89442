using System.Diagnostics;

namespace TaskConsole.Agent.Tests.Agents;

/// <summary>
/// A date of its own for an agent, its supervisors and their scripts, that can be set while they run. The monotonic
/// clock stays. It works by a small library that the loader of this agent's private view of /etc names: supervisors
/// have a clean environment, so that no variable would reach them.
/// </summary>
public sealed class ShiftedClock : IDisposable
{
    private const string Library = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static volatile long long *seconds;

        __attribute__((constructor)) static void look_at_file(void)
        {
            int file = open(OFFSET_FILE, O_RDONLY | O_CLOEXEC);
            void *page = file < 0 ? MAP_FAILED : mmap(0, sizeof *seconds, PROT_READ, MAP_SHARED, file, 0);
            if (page != MAP_FAILED)
                seconds = page;
            if (file >= 0)
                close(file);
        }

        int clock_gettime(clockid_t clock, struct timespec *now)
        {
            int result = syscall(SYS_clock_gettime, clock, now);
            if (result == 0 && seconds && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                now->tv_sec += *seconds;
            return result;
        }

        int gettimeofday(struct timeval *restrict now, void *restrict zone)
        {
            int result = syscall(SYS_gettimeofday, now, zone);
            if (result == 0 && seconds && now)
                now->tv_sec += *seconds;
            return result;
        }

        time_t time(time_t *out)
        {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (out)
                *out = now.tv_sec;
            return now.tv_sec;
        }
        """;

    private readonly TemporaryFolder _folder = new();

    private ShiftedClock(TimeSpan offset)
    {
        Set(offset);
        File.WriteAllText(In("clock.c"), Library);
    }

    /// <summary>Skips the test when it may not have a view of its own.</summary>
    public static ShiftedClock Start(TimeSpan offset)
    {
        var clock = new ShiftedClock(offset);
        var why = clock.Prepare();
        if (why.Length == 0)
            return clock;
        clock.Dispose();
        Assert.Skip($"The clock cannot be shifted here: {why}");
        return clock;
    }

    /// <summary>How an agent is started under this clock.</summary>
    public IReadOnlyList<string> Through => ["unshare", "--mount", "/bin/sh", "-c", $"mount --bind {In("etc")} /etc && exec \"$@\"", "sh"];

    /// <summary>Sets it, for whoever runs under it, at once.</summary>
    public void Set(TimeSpan offset)
    {
        using var file = new FileStream(In("offset"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(BitConverter.GetBytes((long)offset.TotalSeconds));
    }

    public void Dispose() => _folder.Dispose();

    private string Prepare()
    {
        if (!Tool.IsInstalled("gcc"))
            return "gcc is not installed.";
        var said = Run("cp", "-a", "/etc", In("etc"))
            + Run("gcc", "-shared", "-fPIC", "-O1", $"-DOFFSET_FILE=\"{In("offset")}\"", "-o", In("clock.so"), In("clock.c"));
        File.WriteAllText(In("etc/ld.so.preload"), In("clock.so") + "\n");
        return said + Run(Through[0], [.. Through.Skip(1), "true"]);
    }

    // What it says when it fails.
    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : said + $" ({program} ended with {process.ExitCode})";
    }

    private string In(string name) => Path.Combine(_folder.Path, name);
}
