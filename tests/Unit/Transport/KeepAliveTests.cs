using Sento.Transport;
using Xunit;

namespace Sento.Tests.Unit.Transport;

public sealed class KeepAliveTests
{
    [Theory]
    [InlineData(120, 1)]
    [InlineData(120, 1800)]
    [InlineData(10, 1800)]
    [InlineData(3600, 28_800)]
    [InlineData(28_800, 28_800)]
    public void A_patient_one_breaks_nothing_before_its_time_and_asks_often_enough(int told, int broken)
    {
        var patient = KeepAlive.Patient(TimeSpan.FromSeconds(told), TimeSpan.FromSeconds(broken));
        Assert.True(patient.Idle + patient.Interval * patient.Count > broken);
        // A device on the way may forget a connection that is silent for 350 seconds.
        Assert.InRange(patient.Idle, 1, Math.Min(60, told / 2));
        Assert.InRange(patient.Interval, patient.Idle, 300);
        Assert.InRange(patient.Count, 1, 127);
    }
}
