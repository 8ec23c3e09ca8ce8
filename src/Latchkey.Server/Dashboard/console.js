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

// A picture is sent as text, so that a form needs no other encoding.
for (const file of document.querySelectorAll('[data-fills]')) {
  file.addEventListener('change', () => {
    const reader = new FileReader();
    reader.addEventListener('load', () => { document.getElementById(file.dataset.fills).value = reader.result; });
    if (file.files[0]) { reader.readAsDataURL(file.files[0]); }
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

// The live list: rows come as Server-Sent Events, and only their texts are used.
const list = document.querySelector('[data-live]');
if (list) {
  const template = document.getElementById('live-row');
  const state = document.querySelector('[data-live-state]');
  const more = document.querySelector('[data-live-more]');
  const waiting = new Map();
  let source = null;

  const put = row => {
    const known = [...list.rows].find(r => r.dataset.id === row.id);
    const made = known ?? template.content.firstElementChild.cloneNode(true);
    const [when, what, person, client, server, reference] = made.cells;
    made.dataset.id = row.id;
    const time = when.querySelector('time');
    time.dateTime = row.at;
    time.textContent = row.when;
    what.querySelectorAll('rect').forEach((rect, i) => {
      const kind = row.latch[i];
      rect.setAttribute('class', kind);
      rect.setAttribute('y', kind === 'bad' ? 0 : 4);
      rect.setAttribute('height', kind === 'bad' ? 14 : 6);
    });
    const link = what.querySelector('a');
    link.href = row.path;
    const [spoken, sentence] = [link.querySelector('.sr'), link.querySelector('[data-sentence]')];
    if (sentence) {
      [spoken.textContent, sentence.textContent] = [row.spoken, row.sentence];
    } else {
      link.lastChild.textContent = row.sentence;
      spoken.textContent = row.spoken;
    }
    person.firstElementChild.textContent = row.person;
    client.firstElementChild.textContent = row.client;
    client.querySelector('small').textContent = row.host ?? '';
    server.firstElementChild.textContent = row.server ?? '';
    reference.firstElementChild.textContent = row.reference;
    if (!known) {
      list.prepend(made);
      while (list.rows.length > 200) { list.lastElementChild.remove(); }
    }
  };
  const flush = () => {
    for (const row of waiting.values()) { put(row); }
    waiting.clear();
    more.hidden = true;
  };
  const isInUse = () => list.contains(document.activeElement) || list.matches(':hover');
  const open = () => {
    source = new EventSource(list.dataset.live);
    source.addEventListener('row', event => {
      const row = JSON.parse(event.data);
      const isShown = [...list.rows].some(r => r.dataset.id === row.id);
      if (!isInUse() || isShown) { put(row); return; }
      waiting.set(row.id, row);
      more.textContent = `${waiting.size} new`;
      more.hidden = false;
    });
    source.addEventListener('open', () => { state.lastChild.textContent = 'Live'; });
    source.addEventListener('error', () => { state.lastChild.textContent = 'Waiting for the server'; });
  };
  more.addEventListener('click', flush);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) { source?.close(); source = null; } else if (!source) { location.reload(); }
  });
  open();
}

// The steps of a test: their states come as Server-Sent Events. At the end the page is loaded once more, with what it found.
const checks = document.querySelector('[data-checks]');
if (checks) {
  let source = null;
  const open = () => {
    source = new EventSource(checks.dataset.checks);
    source.addEventListener('lines', event => {
      const state = JSON.parse(event.data);
      state.lines.forEach((line, i) => {
        const item = checks.children[i];
        item.className = line.kind;
        item.querySelector('.sr').textContent = line.spoken;
        item.querySelector('b bdi').textContent = line.text;
        for (const part of ['why', 'fix']) {
          const text = item.querySelector(`.${part}`);
          text.hidden = !line[part];
          text.firstElementChild.textContent = line[part] ?? '';
        }
      });
      if (!state.waiting) { source.close(); location.reload(); }
    });
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) { source?.close(); source = null; } else if (!source) { open(); }
  });
  open();
}

// A step of the set-up that waits: the page is loaded again when something is new, and says when nothing arrives.
const waits = document.querySelector('[data-waits]');
if (waits) {
  let source = null;
  const open = () => {
    source = new EventSource(waits.dataset.waits);
    source.addEventListener('state', event => {
      const state = JSON.parse(event.data);
      if (state.new) { source.close(); location.reload(); return; }
      const silent = waits.querySelector('[data-waits-silent]');
      if (silent) { silent.hidden = !state.silent; }
      show(waits.querySelector('[data-answer]'), state);
    });
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) { source?.close(); source = null; } else if (!source) { open(); }
  });
  open();
}

// The first step: how the typed address answers.
function show(answer, state) {
  if (!answer || !state.sentence) { return; }
  answer.className = `answer ${state.kind ?? ''}`;
  answer.querySelector('[data-answer-sentence]').textContent = state.sentence;
  answer.querySelector('[data-answer-detail]').textContent = state.detail ?? '';
}
for (const look of document.querySelectorAll('[data-look]')) {
  const input = look.querySelector('input');
  input.addEventListener('change', async () => {
    if (!input.validity.valid) { return; }
    const response = await fetch(`${look.dataset.look}?address=${encodeURIComponent(input.value)}`);
    if (response.ok) { show(look.querySelector('[data-answer]'), await response.json()); }
  });
}
