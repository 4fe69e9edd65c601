System.Console.WriteLine("sento");
