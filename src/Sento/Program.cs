using Sento.Host.Commands;

return await SentoCommand.RunAsync(args);
