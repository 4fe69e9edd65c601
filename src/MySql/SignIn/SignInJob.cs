using Sento.Transport;

namespace Sento.MySql.SignIn;

/// <summary>Public-key arithmetic for one sign-in, on a worker; its end is told on the loop.</summary>
internal sealed class SignInJob(EventLoop loop, Action work, Action done) : ICpuWork
{
    public void Run() => work();

    public void Finished(Exception? fault) => loop.Post(done);
}
