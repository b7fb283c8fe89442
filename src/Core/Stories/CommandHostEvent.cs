using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Stories;

/// <summary>
/// What can happen to a CommandHost. The names are part of the answers of REST; the numbers of those that are stored are stored.
/// Behind each stand its arguments; a reason is left out where there is none.
/// </summary>
public enum StoryEvent : byte
{
    /// <summary>Committed as sent to the agent.</summary>
    Dispatched = 1,

    /// <summary>The agent wrote its claim.</summary>
    Claimed = 2,

    /// <summary>The process was started.</summary>
    Started = 3,

    /// <summary>The agent's stream broke.</summary>
    Away = 4,

    /// <summary>The agent came back and knows of it.</summary>
    Back = 5,

    /// <summary>The agent came back without it having arrived: it was sent again.</summary>
    SentAgain = 6,

    /// <summary>A cancel was accepted. <c>by</c>.</summary>
    CancelRequested = 7,

    /// <summary>The supervisor sent TERM to the tree.</summary>
    TermSent = 8,

    /// <summary>The grace had passed: KILL. <c>killed</c> processes, <c>escaped</c> of them out of the process group.</summary>
    KillSent = 9,

    /// <summary>It ended on the host. <c>status, reason, exitCode</c>; <c>background</c> where processes were left; <c>killed, escaped</c> where TERM was enough.</summary>
    Ended = 10,

    /// <summary>The end was committed.</summary>
    Committed = 11,

    /// <summary>The server gave it up without the agent's word. <c>reason</c>.</summary>
    GivenUp = 12,

    /// <summary>The agent came back after that, with the process alive.</summary>
    FoundAlive = 13,

    /// <summary>A late word corrected the verdict. <c>fromStatus, fromReason, status, reason</c>.</summary>
    Corrected = 14,

    /// <summary>A late word came, and changed nothing. <c>status, reason</c>.</summary>
    Late = 15,

    /// <summary>Another attempt follows.</summary>
    Retried = 16,

    /// <summary>A person settled it. <c>fromStatus, fromReason, status, by, text</c>.</summary>
    Resolved = 17,

    /// <summary>It ended without having been sent. <c>status, reason</c>.</summary>
    Settled = 18,

    /// <summary>Another attempt was to follow, and something ended it before that was sent. <c>reason</c>.</summary>
    NotRetried = 19,

    /// <summary>Something that the agent said cannot be stored; nothing more of the attempt is taken before its next hello. <c>what</c>.</summary>
    SetAside = 20,

    /// <summary>A person asked to end what an attempt left running in the background. <c>by</c>.</summary>
    EndBackgroundRequested = 21,

    /// <summary>The last process that an attempt left running in the background has ended. Once for each attempt. <c>droppedBytes</c> of output after the script's end, <c>killed</c> processes on request.</summary>
    BackgroundEnded = 22,
}

/// <summary>Who brought it about.</summary>
public enum StoryBy : byte
{
    Hub = 1,
    Agent = 2,
    Person = 3,
    Scheduler = 4,
}

/// <summary>
/// What happened to a CommandHost beyond its ordinary course: that course is read off its row and results, so that an
/// execution without incident costs nothing here. Row of <c>command_host_events</c>.
/// </summary>
internal sealed class CommandHostEvent
{
    /// <summary>Past this many, comings and goings are no longer kept: a flapping host must not fill the store.</summary>
    public const int MaxKept = 200;

    public Guid CommandHostId { get; set; }

    /// <summary>Counts the events of one CommandHost, from 1.</summary>
    public int Number { get; set; }

    public int Attempt { get; set; }

    public DateTimeOffset At { get; set; }

    public StoryBy By { get; set; }

    public StoryEvent Event { get; set; }

    /// <summary>Text of <see cref="StoryArguments"/>; null: the event has none.</summary>
    public string? Arguments { get; set; }
}

internal sealed class CommandHostEventModel : IEntityTypeConfiguration<CommandHostEvent>
{
    public void Configure(EntityTypeBuilder<CommandHostEvent> builder)
    {
        builder.ToTable("command_host_events");
        builder.HasKey(row => new { row.CommandHostId, row.Number });
        builder.Property(row => row.Number).ValueGeneratedNever();
        builder.Property(row => row.Arguments).HasMaxLength(StoryArguments.MaxLength);
        builder.HasOne<CommandHost>().WithMany().HasForeignKey(row => row.CommandHostId).OnDelete(DeleteBehavior.Cascade);
    }
}
