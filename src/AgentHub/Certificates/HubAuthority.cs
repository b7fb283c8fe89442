using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TaskConsole.AgentHub.Certificates;

/// <summary>
/// The hub's own certificate authority: one file with key and certificate (PEM, 0600) in a folder of its own (0700),
/// made once. Agents are given its fingerprint, so a damaged one stops the start and is never replaced.
/// </summary>
internal sealed partial class HubAuthority : IDisposable
{
    internal const string FileName = "authority.pem";

    private const int YearsValid = 10;

    private HubAuthority(X509Certificate2 certificate)
    {
        Certificate = certificate;
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
    }

    /// <summary>With its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Lower-case hex SHA-256 of the DER.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads the authority in <paramref name="directory"/>, or makes it. Of several that start at once, one makes it and the others read it.</summary>
    public static HubAuthority LoadOrCreate(string directory, TimeProvider time)
    {
        CreatePrivateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            Create(directory, path, time);
        }

        return new HubAuthority(Load(path));
    }

    public void Dispose() => Certificate.Dispose();

    private static X509Certificate2 Load(string path)
    {
        try
        {
            var pem = File.ReadAllText(path);
            return X509Certificate2.CreateFromPem(pem, pem);
        }
        catch (Exception damaged) when (damaged is CryptographicException or PlatformNotSupportedException)
        {
            throw new InvalidOperationException($"The file {path} holds no usable certificate authority; restore it from a backup, or remove it to make a new one, which every agent must then be told.", damaged);
        }
    }

    private static void Create(string directory, string path, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=TaskConsole agent hub authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(YearsValid));

        var draft = Path.Combine(directory, $".{Path.GetRandomFileName()}");
        try
        {
            WritePrivateFile(draft, key.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem() + "\n");
            Publish(draft, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another instance was first: its authority is the one.
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Gives the draft its name, or fails because the name is taken. On Unix File.Move looks first and renames then, so two could both win.</summary>
    private static void Publish(string draft, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Move(draft, path, overwrite: false);
        }
        else if (Link(draft, path) != 0)
        {
            throw new IOException($"{path} cannot be made: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string existing, string name);

    private static void CreatePrivateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
            return;
        }

        const UnixFileMode ownerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (Path.GetDirectoryName(directory) is { Length: > 0 } parent)
        {
            Directory.CreateDirectory(parent);
        }

        Directory.CreateDirectory(directory, ownerAlone);
        File.SetUnixFileMode(directory, ownerAlone);
    }

    private static void WritePrivateFile(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}
