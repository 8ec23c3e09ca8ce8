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
