using System.Text.Json;
using Example;

// Try it here, an event a line:  echo '{"name": "Ada"}' | dotnet run
// In Lambda, Amazon.Lambda.RuntimeSupport calls HandleAsync instead.
await using var function = new Function();
while (await Console.In.ReadLineAsync() is { } line)
{
    var visit = JsonSerializer.Deserialize<Visit>(line, JsonSerializerOptions.Web)!;
    var visits = await function.HandleAsync(visit);
    Console.WriteLine(JsonSerializer.Serialize(
        new { name = visits.Name, visits = visits.Count }, JsonSerializerOptions.Web));
}
