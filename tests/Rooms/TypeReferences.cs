using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace TaskConsole.Rooms;

/// <summary>The types of its own assembly that one type names: in what it derives from, declares and carries as attributes, and in its code.</summary>
internal sealed class TypeReferences(MetadataReader metadata, PEReader file, TypeDefinitionHandle type)
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null)).OfType<OpCode>()
        .ToDictionary(code => code.Value & 0xffff, code => code.OperandType);

    private readonly List<(TypeDefinitionHandle Type, MethodDefinitionHandle Method)> _found = [];
    private MethodDefinitionHandle _method;

    /// <summary>Each with the method that names it; nil where it is the declaration of the type.</summary>
    public IReadOnlyList<(TypeDefinitionHandle Type, MethodDefinitionHandle Method)> Read()
    {
        var definition = metadata.GetTypeDefinition(type);
        Visit(definition.BaseType);
        foreach (var implemented in definition.GetInterfaceImplementations())
            Visit(metadata.GetInterfaceImplementation(implemented).Interface);
        Visit(definition.GetCustomAttributes());
        Visit(definition.GetGenericParameters());
        foreach (var field in definition.GetFields().Select(metadata.GetFieldDefinition))
        {
            field.DecodeSignature(new SignatureTypes(this), null);
            Visit(field.GetCustomAttributes());
        }

        foreach (var property in definition.GetProperties().Select(metadata.GetPropertyDefinition))
            Visit(property.GetCustomAttributes());
        foreach (var method in definition.GetMethods())
            Visit(method);
        return _found;
    }

    /// <summary>Notes a type that a signature names.</summary>
    public void Add(TypeDefinitionHandle named) => _found.Add((named, _method));

    /// <summary>Notes what a token stands for.</summary>
    public void Visit(EntityHandle handle)
    {
        if (handle.IsNil)
            return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Add((TypeDefinitionHandle)handle);
                break;
            case HandleKind.MethodDefinition:
                Add(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Add(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.TypeSpecification:
                metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(new SignatureTypes(this), null);
                break;
            case HandleKind.MethodSpecification:
                var generic = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                generic.DecodeSignature(new SignatureTypes(this), null);
                Visit(generic.Method);
                break;
            case HandleKind.MemberReference:
                Visit(metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
                break;
        }
    }

    private void Visit(MethodDefinitionHandle handle)
    {
        _method = handle;
        var method = metadata.GetMethodDefinition(handle);
        method.DecodeSignature(new SignatureTypes(this), null);
        Visit(method.GetCustomAttributes());
        Visit(method.GetGenericParameters());
        if (method.RelativeVirtualAddress == 0)
            return;
        var body = file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(new SignatureTypes(this), null);
        foreach (var caught in body.ExceptionRegions)
            Visit(caught.CatchType);
        VisitCode(body.GetILReader());
    }

    private void Visit(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes)
            Visit(metadata.GetCustomAttribute(attribute).Constructor);
    }

    private void Visit(GenericParameterHandleCollection parameters)
    {
        foreach (var constraint in parameters.SelectMany(parameter => metadata.GetGenericParameter(parameter).GetConstraints()))
            Visit(metadata.GetGenericParameterConstraint(constraint).Type);
    }

    private void VisitCode(BlobReader code)
    {
        const int prefix = 0xfe;
        while (code.RemainingBytes > 0)
        {
            int number = code.ReadByte();
            if (number == prefix)
                number = (prefix << 8) | code.ReadByte();
            switch (Operands[number])
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += sizeof(byte);
                    break;
                case OperandType.InlineVar:
                    code.Offset += sizeof(short);
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += sizeof(long);
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += targets * sizeof(int);
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    Visit(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                default:
                    code.Offset += sizeof(int);
                    break;
            }
        }
    }
}
