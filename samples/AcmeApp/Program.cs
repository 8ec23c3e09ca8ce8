using AcmeApp.People;
using Latchkey.Sdk;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

// An ordinary app with its own users and its own login. What it has to do with Latchkey stands in three places:
// AddLatchkey below, CompleteLoginAsync and GetLoginRequestAsync in Pages/Login.cshtml.cs.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddJsonFile("people.json", optional: false);
if (builder.Configuration["urls"] is null)
{
    builder.WebHost.UseUrls("http://127.0.0.1:5481");
}

builder.Services.AddLatchkey(latchkey => builder.Configuration.GetSection("Latchkey").Bind(latchkey));

builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<PeopleDirectory>();
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(session =>
{
    session.Cookie.Name = "acme_session";
    session.LoginPath = "/login";
    session.ExpireTimeSpan = TimeSpan.FromHours(8);
});

// Lax and not Strict: people arrive here from other sites (Latchkey's redirect is one), and must find the form they opened in another tab still good.
builder.Services.AddAntiforgery(antiforgery =>
{
    antiforgery.Cookie.Name = "acme_form";
    antiforgery.Cookie.SameSite = SameSiteMode.Lax;
    antiforgery.SuppressXFrameOptionsHeader = true;
});
builder.Services.AddRazorPages();
if (builder.Configuration["Acme:KeysDirectory"] is { Length: > 0 } keys)
{
    builder.Services.AddDataProtection().SetApplicationName("acme").PersistKeysToFileSystem(new DirectoryInfo(keys));
}

var app = builder.Build();
app.Use((context, next) =>
{
    // A framed Continue button could be clicked unseen. No form-action: browsers apply it to the redirect to Latchkey that follows the form.
    var headers = context.Response.Headers;
    headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
    headers.XFrameOptions = "DENY";
    headers.XContentTypeOptions = "nosniff";
    headers["Referrer-Policy"] = "same-origin";
    return next();
});
app.UseStaticFiles();
app.UseAuthentication();
app.UseAuthorization();
app.MapRazorPages();
app.MapGet("/healthz", () => "AcmeApp");
app.Run();
