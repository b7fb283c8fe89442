using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Secrets;

namespace TaskConsole.Core.Queue;

/// <summary>
/// Whether the secret parameters of a task can be decrypted: the key ring of the installation may have been lost. Remembered,
/// as neither changes while this process runs.
/// </summary>
internal sealed class ReadableSecrets(SecretVault vault)
{
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<Guid, bool> _known = new();

    public async Task<bool> AreReadableAsync(TaskConsoleContext context, Guid taskId, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(taskId, out var known))
        {
            return known;
        }

        var secrets = await context.Tasks.Where(task => task.Id == taskId).Select(task => task.Secrets).SingleOrDefaultAsync(cancellationToken);
        var readable = IsReadable(secrets);
        if (_known.Count >= MaxRemembered)
        {
            _known.Clear();
        }

        _known[taskId] = readable;
        return readable;
    }

    private bool IsReadable(byte[]? secrets)
    {
        try
        {
            vault.RevealParameters(secrets);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
