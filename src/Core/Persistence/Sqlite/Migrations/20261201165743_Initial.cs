using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace TaskConsole.Core.Persistence.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "audit",
                columns: table => new
                {
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    act = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    subject_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    outcome = table.Column<byte>(type: "INTEGER", nullable: false),
                    item = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "host_keys",
                columns: table => new
                {
                    fingerprint = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    host_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    public_key = table.Column<byte[]>(type: "BLOB", maxLength: 200, nullable: false),
                    status = table.Column<byte>(type: "INTEGER", nullable: false),
                    requested_at = table.Column<long>(type: "INTEGER", nullable: false),
                    address = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    labels = table.Column<string>(type: "TEXT", nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true),
                    decided_by_kind = table.Column<byte>(type: "INTEGER", nullable: true),
                    decided_by_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    decided_by = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_host_keys", x => x.fingerprint);
                });

            migrationBuilder.CreateTable(
                name: "hosts",
                columns: table => new
                {
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 253, nullable: false),
                    admission = table.Column<byte>(type: "INTEGER", nullable: false),
                    draining = table.Column<bool>(type: "INTEGER", nullable: false),
                    connected = table.Column<bool>(type: "INTEGER", nullable: false),
                    session_epoch = table.Column<long>(type: "INTEGER", nullable: false),
                    confirmed_epoch = table.Column<long>(type: "INTEGER", nullable: false),
                    place_id = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    connected_at = table.Column<long>(type: "INTEGER", nullable: true),
                    disconnected_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_seen_at = table.Column<long>(type: "INTEGER", nullable: true),
                    labels = table.Column<string>(type: "TEXT", nullable: false),
                    facts = table.Column<string>(type: "TEXT", nullable: false),
                    agent_version = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    os = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    arch = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    ip = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    load = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    boot_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    journal_id = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    journal_sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    duplicate_since = table.Column<long>(type: "INTEGER", nullable: true),
                    duplicate_address = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    duplicate_other_address = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    doubted_before = table.Column<long>(type: "INTEGER", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_hosts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "idempotency_keys",
                columns: table => new
                {
                    scope = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    key = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    body_hash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    task_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_idempotency_keys", x => new { x.scope, x.key });
                });

            migrationBuilder.CreateTable(
                name: "installation",
                columns: table => new
                {
                    id = table.Column<byte>(type: "INTEGER", nullable: false),
                    hub_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    join_token = table.Column<byte[]>(type: "BLOB", maxLength: 2000, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_installation", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "leases",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    holder = table.Column<byte[]>(type: "BLOB", nullable: false),
                    epoch = table.Column<long>(type: "INTEGER", nullable: false),
                    renewals = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_leases", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "tasks",
                columns: table => new
                {
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    description = table.Column<string>(type: "TEXT", maxLength: 4000, nullable: true),
                    priority = table.Column<byte>(type: "INTEGER", nullable: false),
                    status = table.Column<byte>(type: "INTEGER", nullable: false),
                    created_by_kind = table.Column<byte>(type: "INTEGER", nullable: false),
                    created_by_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    created_by = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: true),
                    cancel_requested_at = table.Column<long>(type: "INTEGER", nullable: true),
                    retry_of = table.Column<byte[]>(type: "BLOB", nullable: true),
                    targets = table.Column<string>(type: "TEXT", nullable: false),
                    parameters = table.Column<string>(type: "TEXT", nullable: true),
                    secret_names = table.Column<string>(type: "TEXT", nullable: true),
                    secrets = table.Column<byte[]>(type: "BLOB", nullable: true),
                    notices = table.Column<string>(type: "TEXT", nullable: true),
                    rollout = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: true),
                    timeout_seconds = table.Column<int>(type: "INTEGER", nullable: true),
                    timed_out_at = table.Column<long>(type: "INTEGER", nullable: true),
                    offline_hosts = table.Column<byte>(type: "INTEGER", nullable: false),
                    wait_seconds = table.Column<int>(type: "INTEGER", nullable: true),
                    @lock = table.Column<string>(name: "lock", type: "TEXT", maxLength: 200, nullable: true),
                    rollout_stopped_at = table.Column<long>(type: "INTEGER", nullable: true),
                    hold_code = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    hold_arguments = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    hold_since = table.Column<long>(type: "INTEGER", nullable: true),
                    command_count = table.Column<int>(type: "INTEGER", nullable: false),
                    hosts_total = table.Column<int>(type: "INTEGER", nullable: false),
                    hosts_waiting = table.Column<int>(type: "INTEGER", nullable: false),
                    hosts_running = table.Column<int>(type: "INTEGER", nullable: false),
                    hosts_succeeded = table.Column<int>(type: "INTEGER", nullable: false),
                    hosts_failed = table.Column<int>(type: "INTEGER", nullable: false),
                    total = table.Column<int>(type: "INTEGER", nullable: false),
                    pending_count = table.Column<int>(type: "INTEGER", nullable: false),
                    dispatched_count = table.Column<int>(type: "INTEGER", nullable: false),
                    running_count = table.Column<int>(type: "INTEGER", nullable: false),
                    unreachable_count = table.Column<int>(type: "INTEGER", nullable: false),
                    succeeded_count = table.Column<int>(type: "INTEGER", nullable: false),
                    failed_count = table.Column<int>(type: "INTEGER", nullable: false),
                    timed_out_count = table.Column<int>(type: "INTEGER", nullable: false),
                    canceled_count = table.Column<int>(type: "INTEGER", nullable: false),
                    dispatch_failed_count = table.Column<int>(type: "INTEGER", nullable: false),
                    skipped_count = table.Column<int>(type: "INTEGER", nullable: false),
                    skipped_as_asked_count = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tasks", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "command_hosts",
                columns: table => new
                {
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    task_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    command_index = table.Column<int>(type: "INTEGER", nullable: false),
                    host_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    host_name = table.Column<string>(type: "TEXT", maxLength: 253, nullable: false),
                    status = table.Column<byte>(type: "INTEGER", nullable: false),
                    reason = table.Column<byte>(type: "INTEGER", nullable: true),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    ready_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ready_task_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    dispatched_at = table.Column<long>(type: "INTEGER", nullable: true),
                    started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: true),
                    unreachable_since = table.Column<long>(type: "INTEGER", nullable: true),
                    cancel_requested_at = table.Column<long>(type: "INTEGER", nullable: true),
                    active_host_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    exit_code = table.Column<int>(type: "INTEGER", nullable: true),
                    output_hash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    event_count = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_command_hosts", x => x.id);
                    table.ForeignKey(
                        name: "FK_command_hosts_tasks_task_id",
                        column: x => x.task_id,
                        principalTable: "tasks",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "commands",
                columns: table => new
                {
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    task_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    index = table.Column<int>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    script = table.Column<string>(type: "TEXT", nullable: false),
                    interpreter = table.Column<string>(type: "TEXT", nullable: false),
                    timeout_seconds = table.Column<int>(type: "INTEGER", nullable: false),
                    working_directory = table.Column<string>(type: "TEXT", maxLength: 4096, nullable: true),
                    environment = table.Column<string>(type: "TEXT", nullable: true),
                    run_as = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    on_failure = table.Column<byte>(type: "INTEGER", nullable: false),
                    retries = table.Column<int>(type: "INTEGER", nullable: false),
                    retry_delay_seconds = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_commands", x => x.id);
                    table.ForeignKey(
                        name: "FK_commands_tasks_task_id",
                        column: x => x.task_id,
                        principalTable: "tasks",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "outputs",
                columns: table => new
                {
                    task_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    encoding = table.Column<byte>(type: "INTEGER", nullable: false),
                    layout = table.Column<byte[]>(type: "BLOB", nullable: false),
                    content = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_outputs", x => new { x.task_id, x.hash });
                    table.ForeignKey(
                        name: "FK_outputs_tasks_task_id",
                        column: x => x.task_id,
                        principalTable: "tasks",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "command_host_events",
                columns: table => new
                {
                    command_host_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    by = table.Column<byte>(type: "INTEGER", nullable: false),
                    @event = table.Column<byte>(name: "event", type: "INTEGER", nullable: false),
                    arguments = table.Column<string>(type: "TEXT", maxLength: 4000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_command_host_events", x => new { x.command_host_id, x.number });
                    table.ForeignKey(
                        name: "FK_command_host_events_command_hosts_command_host_id",
                        column: x => x.command_host_id,
                        principalTable: "command_hosts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "command_results",
                columns: table => new
                {
                    command_host_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    task_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    status = table.Column<byte>(type: "INTEGER", nullable: false),
                    reason = table.Column<byte>(type: "INTEGER", nullable: true),
                    details = table.Column<string>(type: "TEXT", maxLength: 4000, nullable: true),
                    exit_code = table.Column<int>(type: "INTEGER", nullable: true),
                    signal = table.Column<int>(type: "INTEGER", nullable: true),
                    dispatched_at = table.Column<long>(type: "INTEGER", nullable: true),
                    claimed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: false),
                    committed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    duration_ms = table.Column<long>(type: "INTEGER", nullable: true),
                    stdout_bytes = table.Column<long>(type: "INTEGER", nullable: false),
                    stderr_bytes = table.Column<long>(type: "INTEGER", nullable: false),
                    truncated = table.Column<bool>(type: "INTEGER", nullable: false),
                    output_hash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    journal_sequence = table.Column<long>(type: "INTEGER", nullable: true),
                    late = table.Column<bool>(type: "INTEGER", nullable: false),
                    background = table.Column<int>(type: "INTEGER", nullable: false),
                    term_sent_at = table.Column<long>(type: "INTEGER", nullable: true),
                    kill_sent_at = table.Column<long>(type: "INTEGER", nullable: true),
                    killed = table.Column<int>(type: "INTEGER", nullable: false),
                    escaped = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_command_results", x => new { x.command_host_id, x.attempt });
                    table.ForeignKey(
                        name: "FK_command_results_command_hosts_command_host_id",
                        column: x => x.command_host_id,
                        principalTable: "command_hosts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "output_frames",
                columns: table => new
                {
                    command_host_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    stream = table.Column<byte>(type: "INTEGER", nullable: false),
                    offset = table.Column<long>(type: "INTEGER", nullable: false),
                    length = table.Column<long>(type: "INTEGER", nullable: false),
                    order = table.Column<long>(type: "INTEGER", nullable: false),
                    breaks = table.Column<byte[]>(type: "BLOB", nullable: true),
                    content = table.Column<byte[]>(type: "BLOB", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_output_frames", x => new { x.command_host_id, x.attempt, x.stream, x.offset });
                    table.ForeignKey(
                        name: "FK_output_frames_command_hosts_command_host_id",
                        column: x => x.command_host_id,
                        principalTable: "command_hosts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_command_hosts_active_host_id",
                table: "command_hosts",
                column: "active_host_id",
                filter: "active_host_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_command_hosts_ready_task_id_id",
                table: "command_hosts",
                columns: new[] { "ready_task_id", "id" },
                filter: "ready_task_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_command_hosts_task_id_status_id",
                table: "command_hosts",
                columns: new[] { "task_id", "status", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_commands_task_id_index",
                table: "commands",
                columns: new[] { "task_id", "index" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_host_keys_host_id_status",
                table: "host_keys",
                columns: new[] { "host_id", "status" });

            migrationBuilder.CreateIndex(
                name: "IX_hosts_name",
                table: "hosts",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_idempotency_keys_created_at",
                table: "idempotency_keys",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "IX_tasks_retry_of",
                table: "tasks",
                column: "retry_of");

            migrationBuilder.CreateIndex(
                name: "IX_tasks_status_id",
                table: "tasks",
                columns: new[] { "status", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit");

            migrationBuilder.DropTable(
                name: "command_host_events");

            migrationBuilder.DropTable(
                name: "command_results");

            migrationBuilder.DropTable(
                name: "commands");

            migrationBuilder.DropTable(
                name: "host_keys");

            migrationBuilder.DropTable(
                name: "hosts");

            migrationBuilder.DropTable(
                name: "idempotency_keys");

            migrationBuilder.DropTable(
                name: "installation");

            migrationBuilder.DropTable(
                name: "leases");

            migrationBuilder.DropTable(
                name: "output_frames");

            migrationBuilder.DropTable(
                name: "outputs");

            migrationBuilder.DropTable(
                name: "command_hosts");

            migrationBuilder.DropTable(
                name: "tasks");
        }
    }
}
