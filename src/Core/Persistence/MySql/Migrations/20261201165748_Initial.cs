using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace TaskConsole.Core.Persistence.MySql.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase()
                .Annotation("MySql:CharSet", "utf8mb4");

            migrationBuilder.CreateTable(
                name: "audit",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    actor_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    act = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    subject_id = table.Column<Guid>(type: "binary(16)", nullable: true),
                    outcome = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    item = table.Column<string>(type: "longtext", nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit", x => x.id);
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "host_keys",
                columns: table => new
                {
                    fingerprint = table.Column<byte[]>(type: "varbinary(32)", maxLength: 32, nullable: false),
                    host_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    public_key = table.Column<byte[]>(type: "varbinary(200)", maxLength: 200, nullable: false),
                    status = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    requested_at = table.Column<long>(type: "bigint", nullable: false),
                    address = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    labels = table.Column<string>(type: "longtext", nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    decided_at = table.Column<long>(type: "bigint", nullable: true),
                    decided_by_kind = table.Column<byte>(type: "tinyint unsigned", nullable: true),
                    decided_by_id = table.Column<Guid>(type: "binary(16)", nullable: true),
                    decided_by = table.Column<string>(type: "varchar(200)", maxLength: 200, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_host_keys", x => x.fingerprint);
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "hosts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    name = table.Column<string>(type: "varchar(253)", maxLength: 253, nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    admission = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    draining = table.Column<bool>(type: "tinyint(1)", nullable: false),
                    connected = table.Column<bool>(type: "tinyint(1)", nullable: false),
                    session_epoch = table.Column<long>(type: "bigint", nullable: false),
                    confirmed_epoch = table.Column<long>(type: "bigint", nullable: false),
                    place_id = table.Column<byte[]>(type: "varbinary(32)", maxLength: 32, nullable: true),
                    connected_at = table.Column<long>(type: "bigint", nullable: true),
                    disconnected_at = table.Column<long>(type: "bigint", nullable: true),
                    last_seen_at = table.Column<long>(type: "bigint", nullable: true),
                    labels = table.Column<string>(type: "longtext", nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    facts = table.Column<string>(type: "longtext", nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    agent_version = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    os = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    arch = table.Column<string>(type: "varchar(32)", maxLength: 32, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    ip = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    load = table.Column<string>(type: "varchar(500)", maxLength: 500, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    boot_id = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    journal_id = table.Column<byte[]>(type: "varbinary(32)", maxLength: 32, nullable: true),
                    journal_sequence = table.Column<long>(type: "bigint", nullable: false),
                    duplicate_since = table.Column<long>(type: "bigint", nullable: true),
                    duplicate_address = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    duplicate_other_address = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    doubted_before = table.Column<long>(type: "bigint", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_hosts", x => x.id);
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "idempotency_keys",
                columns: table => new
                {
                    scope = table.Column<string>(type: "varchar(200)", maxLength: 200, nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    key = table.Column<string>(type: "varchar(200)", maxLength: 200, nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    body_hash = table.Column<byte[]>(type: "varbinary(32)", maxLength: 32, nullable: false),
                    task_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_idempotency_keys", x => new { x.scope, x.key });
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "installation",
                columns: table => new
                {
                    id = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    hub_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    join_token = table.Column<byte[]>(type: "varbinary(2000)", maxLength: 2000, nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_installation", x => x.id);
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "leases",
                columns: table => new
                {
                    name = table.Column<string>(type: "varchar(64)", maxLength: 64, nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    holder = table.Column<Guid>(type: "binary(16)", nullable: false),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    renewals = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_leases", x => x.name);
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "tasks",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    name = table.Column<string>(type: "varchar(200)", maxLength: 200, nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    description = table.Column<string>(type: "varchar(4000)", maxLength: 4000, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    priority = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    status = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    created_by_kind = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    created_by_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    created_by = table.Column<string>(type: "varchar(200)", maxLength: 200, nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    started_at = table.Column<long>(type: "bigint", nullable: true),
                    finished_at = table.Column<long>(type: "bigint", nullable: true),
                    cancel_requested_at = table.Column<long>(type: "bigint", nullable: true),
                    retry_of = table.Column<Guid>(type: "binary(16)", nullable: true),
                    targets = table.Column<string>(type: "longtext", nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    parameters = table.Column<string>(type: "longtext", nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    secret_names = table.Column<string>(type: "longtext", nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    secrets = table.Column<byte[]>(type: "longblob", nullable: true),
                    notices = table.Column<string>(type: "longtext", nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    rollout = table.Column<string>(type: "varchar(2000)", maxLength: 2000, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    timeout_seconds = table.Column<int>(type: "int", nullable: true),
                    timed_out_at = table.Column<long>(type: "bigint", nullable: true),
                    offline_hosts = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    wait_seconds = table.Column<int>(type: "int", nullable: true),
                    @lock = table.Column<string>(name: "lock", type: "varchar(200)", maxLength: 200, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    rollout_stopped_at = table.Column<long>(type: "bigint", nullable: true),
                    hold_code = table.Column<string>(type: "varchar(32)", maxLength: 32, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    hold_arguments = table.Column<string>(type: "varchar(1000)", maxLength: 1000, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    hold_since = table.Column<long>(type: "bigint", nullable: true),
                    command_count = table.Column<int>(type: "int", nullable: false),
                    hosts_total = table.Column<int>(type: "int", nullable: false),
                    hosts_waiting = table.Column<int>(type: "int", nullable: false),
                    hosts_running = table.Column<int>(type: "int", nullable: false),
                    hosts_succeeded = table.Column<int>(type: "int", nullable: false),
                    hosts_failed = table.Column<int>(type: "int", nullable: false),
                    total = table.Column<int>(type: "int", nullable: false),
                    pending_count = table.Column<int>(type: "int", nullable: false),
                    dispatched_count = table.Column<int>(type: "int", nullable: false),
                    running_count = table.Column<int>(type: "int", nullable: false),
                    unreachable_count = table.Column<int>(type: "int", nullable: false),
                    succeeded_count = table.Column<int>(type: "int", nullable: false),
                    failed_count = table.Column<int>(type: "int", nullable: false),
                    timed_out_count = table.Column<int>(type: "int", nullable: false),
                    canceled_count = table.Column<int>(type: "int", nullable: false),
                    dispatch_failed_count = table.Column<int>(type: "int", nullable: false),
                    skipped_count = table.Column<int>(type: "int", nullable: false),
                    skipped_as_asked_count = table.Column<int>(type: "int", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tasks", x => x.id);
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "command_hosts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    task_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    command_index = table.Column<int>(type: "int", nullable: false),
                    host_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    host_name = table.Column<string>(type: "varchar(253)", maxLength: 253, nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    status = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    reason = table.Column<byte>(type: "tinyint unsigned", nullable: true),
                    attempt = table.Column<int>(type: "int", nullable: false),
                    ready_at = table.Column<long>(type: "bigint", nullable: true),
                    ready_task_id = table.Column<Guid>(type: "binary(16)", nullable: true),
                    dispatched_at = table.Column<long>(type: "bigint", nullable: true),
                    started_at = table.Column<long>(type: "bigint", nullable: true),
                    finished_at = table.Column<long>(type: "bigint", nullable: true),
                    unreachable_since = table.Column<long>(type: "bigint", nullable: true),
                    cancel_requested_at = table.Column<long>(type: "bigint", nullable: true),
                    active_host_id = table.Column<Guid>(type: "binary(16)", nullable: true),
                    exit_code = table.Column<int>(type: "int", nullable: true),
                    output_hash = table.Column<byte[]>(type: "varbinary(32)", maxLength: 32, nullable: true),
                    event_count = table.Column<int>(type: "int", nullable: false)
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
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "commands",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    task_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    index = table.Column<int>(type: "int", nullable: false),
                    name = table.Column<string>(type: "varchar(200)", maxLength: 200, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    script = table.Column<string>(type: "longtext", nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    interpreter = table.Column<string>(type: "longtext", nullable: false, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    timeout_seconds = table.Column<int>(type: "int", nullable: false),
                    working_directory = table.Column<string>(type: "varchar(4096)", maxLength: 4096, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    environment = table.Column<string>(type: "longtext", nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    run_as = table.Column<string>(type: "varchar(256)", maxLength: 256, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    on_failure = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    retries = table.Column<int>(type: "int", nullable: false),
                    retry_delay_seconds = table.Column<int>(type: "int", nullable: false)
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
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "outputs",
                columns: table => new
                {
                    task_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    hash = table.Column<byte[]>(type: "varbinary(32)", maxLength: 32, nullable: false),
                    encoding = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    layout = table.Column<byte[]>(type: "longblob", nullable: false),
                    content = table.Column<byte[]>(type: "longblob", nullable: false)
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
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "command_host_events",
                columns: table => new
                {
                    command_host_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    number = table.Column<int>(type: "int", nullable: false),
                    attempt = table.Column<int>(type: "int", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    by = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    @event = table.Column<byte>(name: "event", type: "tinyint unsigned", nullable: false),
                    arguments = table.Column<string>(type: "varchar(4000)", maxLength: 4000, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4")
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
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "command_results",
                columns: table => new
                {
                    command_host_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    attempt = table.Column<int>(type: "int", nullable: false),
                    task_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    status = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    reason = table.Column<byte>(type: "tinyint unsigned", nullable: true),
                    details = table.Column<string>(type: "varchar(4000)", maxLength: 4000, nullable: true, collation: "utf8mb4_bin")
                        .Annotation("MySql:CharSet", "utf8mb4"),
                    exit_code = table.Column<int>(type: "int", nullable: true),
                    signal = table.Column<int>(type: "int", nullable: true),
                    dispatched_at = table.Column<long>(type: "bigint", nullable: true),
                    claimed_at = table.Column<long>(type: "bigint", nullable: true),
                    started_at = table.Column<long>(type: "bigint", nullable: true),
                    finished_at = table.Column<long>(type: "bigint", nullable: false),
                    committed_at = table.Column<long>(type: "bigint", nullable: false),
                    duration_ms = table.Column<long>(type: "bigint", nullable: true),
                    stdout_bytes = table.Column<long>(type: "bigint", nullable: false),
                    stderr_bytes = table.Column<long>(type: "bigint", nullable: false),
                    truncated = table.Column<bool>(type: "tinyint(1)", nullable: false),
                    output_hash = table.Column<byte[]>(type: "varbinary(32)", maxLength: 32, nullable: true),
                    journal_sequence = table.Column<long>(type: "bigint", nullable: true),
                    late = table.Column<bool>(type: "tinyint(1)", nullable: false),
                    background = table.Column<int>(type: "int", nullable: false),
                    term_sent_at = table.Column<long>(type: "bigint", nullable: true),
                    kill_sent_at = table.Column<long>(type: "bigint", nullable: true),
                    killed = table.Column<int>(type: "int", nullable: false),
                    escaped = table.Column<int>(type: "int", nullable: false)
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
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

            migrationBuilder.CreateTable(
                name: "output_frames",
                columns: table => new
                {
                    command_host_id = table.Column<Guid>(type: "binary(16)", nullable: false),
                    attempt = table.Column<int>(type: "int", nullable: false),
                    stream = table.Column<byte>(type: "tinyint unsigned", nullable: false),
                    offset = table.Column<long>(type: "bigint", nullable: false),
                    length = table.Column<long>(type: "bigint", nullable: false),
                    order = table.Column<long>(type: "bigint", nullable: false),
                    breaks = table.Column<byte[]>(type: "longblob", nullable: true),
                    content = table.Column<byte[]>(type: "longblob", nullable: true)
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
                })
                .Annotation("MySql:CharSet", "utf8mb4")
                .Annotation("Relational:Collation", "utf8mb4_bin");

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
