[assembly: AssemblyFixture(typeof(Sento.Tests.Iam.IamGround))]
