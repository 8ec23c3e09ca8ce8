// The script of the dashboard. Every page works without it, except passkeys. It never writes HTML (Trusted Types without a policy).
'use strict';

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const label = button.querySelector('span');
    await navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent);
    label.textContent = 'Copied';
    setTimeout(() => { label.textContent = 'Copy'; }, 2000);
  });
}

document.addEventListener('keydown', event => {
  const find = document.querySelector('[data-key="/"]');
  const isTyping = event.target.closest('input, select, textarea, [contenteditable]');
  if (event.key === '/' && find && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    find.focus();
  }
});

// Passkeys: asks for options, lets the authenticator answer, and sends the answer as an ordinary form.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.addEventListener('submit', async event => {
    if (form.elements.credential.value) { return; }
    event.preventDefault();
    const error = form.querySelector('.error');
    const button = form.querySelector('button');
    error.hidden = true;
    button.disabled = true;
    try {
      const body = new URLSearchParams({ form_token: form.dataset.optionsToken ?? '' });
      const response = await fetch(form.dataset.options, { method: 'POST', body, headers: { accept: 'application/json' } });
      if (!response.ok) { throw new Error(`The server answered ${response.status}. Reload this page.`); }
      const { challenge, options } = await response.json();
      const isNew = form.dataset.passkey === 'create';
      const credential = isNew
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential);
      form.elements.challenge.value = challenge;
      form.submit();
    } catch (problem) {
      error.textContent = problem.name === 'NotAllowedError'
        ? 'No passkey was used. Try again, or use the password.'
        : problem.name === 'InvalidStateError' ? 'This device has a passkey for you already.' : problem.message;
      error.hidden = false;
      button.disabled = false;
    }
  });
}
