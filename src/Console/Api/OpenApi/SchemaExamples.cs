using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using TaskConsole.Console.Api.Hosts;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Api.OpenApi;

/// <summary>Examples of the bodies that a caller writes.</summary>
internal static class SchemaExamples
{
    private const string Task = """
        {
          "name": "Restart the web servers",
          "commands": [
            { "name": "Check", "script": "nginx -t", "interpreter": "/bin/bash -e", "timeoutSeconds": 30 },
            { "name": "Restart", "script": "systemctl restart nginx && echo restarted on $TASKCONSOLE_HOST_NAME" }
          ],
          "targets": { "selector": "env=prod,role in (web)" },
          "parameters": { "REASON": "certificate renewed" },
          "offlineHosts": "Skip",
          "start": true
        }
        """;

    private const string Labels = """{ "labels": { "env": "prod", "role": "web" } }""";

    public static void Apply(OpenApiSchema schema, Type type)
    {
        var example = type switch
        {
            _ when type == typeof(TaskSpec) => Task,
            _ when type == typeof(HostChange) => Labels,
            _ => null,
        };
        if (example is not null)
        {
            schema.Examples = [JsonNode.Parse(example)!];
        }
    }
}
