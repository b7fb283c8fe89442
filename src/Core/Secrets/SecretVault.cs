using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace TaskConsole.Core.Secrets;

/// <summary>Encrypts what the database must not show: secret parameters and the join token.</summary>
internal sealed class SecretVault(IDataProtectionProvider provider)
{
    private readonly IDataProtector _parameters = provider.CreateProtector("TaskConsole.SecretParameters.v1");
    private readonly IDataProtector _joinToken = provider.CreateProtector("TaskConsole.JoinToken.v1");

    public byte[]? ProtectParameters(IReadOnlyDictionary<string, string>? secrets) =>
        secrets is null or { Count: 0 } ? null : _parameters.Protect(JsonSerializer.SerializeToUtf8Bytes(secrets));

    public IReadOnlyDictionary<string, string> RevealParameters(byte[]? secrets) =>
        secrets is null
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            : JsonSerializer.Deserialize<Dictionary<string, string>>(_parameters.Unprotect(secrets))!;

    public byte[] ProtectJoinToken(string token) => _joinToken.Protect(Encoding.UTF8.GetBytes(token));

    public string RevealJoinToken(byte[] token) => Encoding.UTF8.GetString(_joinToken.Unprotect(token));
}
