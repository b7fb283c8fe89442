using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace TaskConsole.Rooms;

/// <summary>Reads from a built assembly which of its types name which others, also where the source needs no <c>using</c> for it.</summary>
internal sealed class BuiltProject : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly MetadataReaderProvider _symbolFile;
    private readonly MetadataReader _symbols;
    private readonly string _project;

    /// <param name="path">Of the assembly.</param>
    /// <param name="project">The namespace that the rooms stand in.</param>
    /// <exception cref="FileNotFoundException">The assembly has no symbols beside it.</exception>
    public BuiltProject(string path, string project)
    {
        _project = project;
        _file = new PEReader(File.OpenRead(path));
        _metadata = _file.GetMetadataReader();
        _file.TryOpenAssociatedPortablePdb(path, symbols => File.Exists(symbols) ? File.OpenRead(symbols) : null, out var found, out _);
        _symbolFile = found ?? throw new FileNotFoundException("The assembly has no symbols beside it, so its source files are not known.", path);
        _symbols = _symbolFile.GetMetadataReader();
    }

    /// <summary>The room of each type that is in one.</summary>
    public IEnumerable<string> Rooms => _metadata.TypeDefinitions.Select(RoomOf).OfType<string>();

    /// <summary>Paths of the source files, as they were at the build.</summary>
    public IEnumerable<string> SourceFiles =>
        _symbols.Documents.Select(document => _symbols.GetString(_symbols.GetDocument(document).Name));

    /// <summary>A path from the project's folder on, as people name a file of the source tree.</summary>
    public static string Shorten(string path)
    {
        var parts = path.Split('/', '\\');
        var begin = Array.FindLastIndex(parts, part => part is "src" or "tests");
        return string.Join('/', parts[Math.Max(begin, 0)..]);
    }

    /// <summary>One for each place where a type of one room names a type of another.</summary>
    public IEnumerable<RoomArrow> ReadArrows()
    {
        foreach (var handle in _metadata.TypeDefinitions)
        {
            if (RoomOf(handle) is not { } room)
                continue;
            foreach (var (type, method) in new TypeReferences(_metadata, _file, handle).Read())
            {
                if (RoomOf(type) is { } known && known != room)
                    yield return new RoomArrow(room, known, FileOf(handle, method));
            }
        }
    }

    public void Dispose()
    {
        _symbolFile.Dispose();
        _file.Dispose();
    }

    private string? RoomOf(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        while (type.GetDeclaringType() is { IsNil: false } outer)
            type = _metadata.GetTypeDefinition(outer);
        return RoomMap.RoomOf(_project, _metadata.GetString(type.Namespace));
    }

    private string FileOf(TypeDefinitionHandle handle, MethodDefinitionHandle method)
    {
        var type = _metadata.GetTypeDefinition(handle);
        IEnumerable<MethodDefinitionHandle> methods = method.IsNil ? type.GetMethods() : type.GetMethods().Prepend(method);
        return methods.Select(DocumentOf).OfType<string>().FirstOrDefault() is { } document ? Shorten(document) : $"the type {_metadata.GetString(type.Name)}";
    }

    private string? DocumentOf(MethodDefinitionHandle method)
    {
        var information = _symbols.GetMethodDebugInformation(method);
        var document = information.Document.IsNil
            ? information.GetSequencePoints().Select(point => point.Document).FirstOrDefault(point => !point.IsNil)
            : information.Document;
        return document.IsNil ? null : _symbols.GetString(_symbols.GetDocument(document).Name);
    }
}
