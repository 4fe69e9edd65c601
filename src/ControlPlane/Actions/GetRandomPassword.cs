using Sento.Base;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>A password that nobody has had before.</summary>
internal static class GetRandomPassword
{
    public static void Run(SecretsCall call)
    {
        var input = call.Input;
        var rules = new PasswordRules
        {
            Length = (int)(input.Integer("PasswordLength", 1, 4096) ?? 32),
            Excluded = input.Text("ExcludeCharacters", 0, 4096) ?? "",
            HasNumbers = !(input.Flag("ExcludeNumbers") ?? false),
            HasPunctuation = !(input.Flag("ExcludePunctuation") ?? false),
            HasUppercase = !(input.Flag("ExcludeUppercase") ?? false),
            HasLowercase = !(input.Flag("ExcludeLowercase") ?? false),
            HasSpace = input.Flag("IncludeSpace") ?? false,
            HasEachType = input.Flag("RequireEachIncludedType") ?? true,
        };
        call.Authorize("GetRandomPassword", null, "*");
        using SecretBytes password = rules.Make(out var fault);
        if (fault is not null)
            throw ApiFault.InvalidParameter(fault);
        call.Output.WriteString("RandomPassword", password.Span);
    }
}
