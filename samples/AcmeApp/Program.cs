using AcmeApp.People;
using Latchkey.Sdk;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

// An ordinary app with its own users and its own login. Latchkey is used in three places: AddLatchkey below, and CompleteLoginAsync and
// GetLoginRequestAsync in Pages/Login.cshtml.cs.
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

// Lax and not Strict: users arrive from other sites (for example by Latchkey's redirect),
// and a form that is open in another tab must stay valid.
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
    // Prevents clickjacking of the Continue button. No form-action: browsers also apply it to the redirect to
    // Latchkey that follows the form.
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
