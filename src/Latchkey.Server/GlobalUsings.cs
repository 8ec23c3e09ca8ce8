// The vocabulary layer is visible in every file; each other folder is imported by name.
global using Latchkey.Server.Http;
global using Latchkey.Server.OAuth;
