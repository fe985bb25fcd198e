/**
 * What the page does with the form of an operation: code samples that follow it, requests that are
 * sent from it, and their answers.
 */

export const consoleScript = String.raw`
const newKey = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
};
/** The last ETag of each path, to fill If-Match with. */
const tags = new Map();

/** What the form of an operation asks for. */
const requestOf = operation => {
  const { method, path } = operation.dataset;
  const query = [];
  const headers = {};
  let target = path;
  for (const input of all('input[data-in]', operation)) {
    const value = input.value.trim();
    const { name } = input.dataset;
    if (input.dataset.in === 'path') target = target.replace('{' + name + '}', value ? encodeURIComponent(value) : '{' + name + '}');
    else if (value === '') continue;
    else if (input.dataset.in === 'header') headers[name] = value;
    else if (input.dataset.in === 'query') query.push([name, value]);
    else if (input.dataset.in === 'pairs')
      for (const pair of value.split('&')) {
        const at = (pair + '=').indexOf('=');
        query.push([pair.slice(0, at), pair.slice(at + 1)]);
      }
    else {
      const parameter = find('select', input.parentElement).value;
      const values = parameter.endsWith('[in]') ? value.split(',').map(one => one.trim()) : [value];
      for (const one of values) query.push([parameter, one]);
    }
  }
  const editor = find('textarea', operation);
  const body = editor && editor.value.trim() !== '' ? editor.value : null;
  if (body !== null) headers['Content-Type'] = editor.dataset.type;
  const text = query.map(([name, value]) => encodeURIComponent(name).replace(/%5B/g, '[').replace(/%5D/g, ']') + '=' + encodeURIComponent(value).replace(/%2C/g, ',')).join('&');
  return { method, path: target, url: target + (text && '?' + text), query, headers, body };
};

const quoted = text => "'" + text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n') + "'";
const inShell = text => "'" + text.replaceAll("'", "'\\''") + "'";
/** JSON as it is written in a program. */
const literal = value => JSON.stringify(value, null, 2).replace(/^(\s*)"([A-Za-z_$][\w$]*)":/gm, '$1$2:');
const parsed = text => { try { return JSON.parse(text); } catch { return undefined; } };

const samples = {
  curl: ({ method, url, headers, body }) => {
    const lines = ['curl -g ' + (method === 'GET' ? '' : '-X ' + method + ' ') + inShell(location.origin + url)];
    for (const name in headers) lines.push('-H ' + inShell(name + ': ' + headers[name]));
    if (document.body.dataset.identity === 'yes' && sign.dataset.signed) lines.push('-H "Authorization: Bearer $TOKEN"');
    if (body !== null) lines.push('-d ' + inShell(body));
    return lines.join(' \\\n  ');
  },
  fetch: ({ method, url, headers, body }) => {
    const json = body === null ? undefined : parsed(body);
    const options = [];
    if (method !== 'GET') options.push('  method: ' + quoted(method) + ',');
    if (Object.keys(headers).length > 0) {
      options.push('  headers: {');
      for (const name in headers) options.push('    ' + (/^\w+$/.test(name) ? name : quoted(name)) + ': ' + quoted(headers[name]) + ',');
      options.push('  },');
    }
    if (json !== undefined) options.push('  body: JSON.stringify(' + literal(json).replaceAll('\n', '\n  ') + '),');
    else if (body !== null) options.push('  body: ' + quoted(body) + ',');
    const given = options.length > 0 ? ', {\n' + options.join('\n') + '\n}' : '';
    return 'const answer = await fetch(' + quoted(location.origin + url) + given + ')\nconsole.log(answer.status' + (method === 'DELETE' ? ')' : ', await answer.json())');
  },
};

const showSample = operation => {
  const call = operation.dataset.call;
  let language = kept.get('language') || 'curl';
  if (language === 'client' && !call) language = 'curl';
  for (const tab of all('[role=tab]', operation)) {
    const selected = tab.dataset.language === language;
    tab.setAttribute('aria-selected', String(selected));
    tab.tabIndex = selected ? 0 : -1;
  }
  find('.sample', operation).textContent = language === 'client' ? clientSample(call, operation) : samples[language](requestOf(operation));
};

const prepare = operation => {
  if (operation.dataset.ready) return showSample(operation);
  operation.dataset.ready = 'yes';
  const tabs = find('.tabs', operation);
  for (const language of operation.dataset.call ? ['curl', 'fetch', 'client'] : ['curl', 'fetch'])
    tabs.append(made('button', language, { type: 'button', role: 'tab', 'data-language': language }));
  tabs.addEventListener('click', event => {
    const tab = event.target.closest('[role=tab]');
    if (!tab) return;
    kept.set('language', tab.dataset.language);
    operation.dataset.language = tab.dataset.language;
    showSample(operation);
  });
  tabs.addEventListener('keydown', event => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const list = all('[role=tab]', tabs);
    const next = list[(list.indexOf(event.target) + step + list.length) % list.length];
    next.click();
    next.focus();
  });
  const key = find('[data-name="Idempotency-Key"]', operation);
  if (key) key.placeholder = 'made for you when you send';
  find('form', operation).addEventListener('input', event => {
    if (event.target.dataset.in === 'path') fillTag(operation);
    showSample(operation);
  });
  find('.copy', operation).addEventListener('click', async event => {
    await navigator.clipboard.writeText(find('.sample', operation).textContent).then(() => { event.target.textContent = 'Copied'; }, () => {});
    setTimeout(() => { event.target.textContent = 'Copy'; }, 1500);
  });
  find('form', operation).addEventListener('submit', event => {
    event.preventDefault();
    send(operation);
  });
  showSample(operation);
};

const fillTag = operation => {
  const input = find('[data-name="If-Match"]', operation);
  const tag = tags.get(requestOf(operation).path);
  if (input && tag && input.value === '') input.value = tag;
};

const send = async operation => {
  const missing = all('input[data-in=path]', operation).find(input => input.value.trim() === '');
  if (missing) return missing.focus();
  const key = find('[data-name="Idempotency-Key"]', operation);
  const own = key && key.value === '' && sign.dataset.signed;
  if (own) key.value = newKey();
  showSample(operation);
  const { method, url, path, headers, body } = requestOf(operation);
  const button = find('.send', operation);
  button.disabled = true;
  const started = performance.now();
  try {
    const answer = await fetch(url, { method, headers, ...(body === null ? {} : { body }) });
    const text = await answer.text();
    const tag = answer.headers.get('etag');
    if (tag) tags.set((answer.headers.get('location') || path), tag.replace(/-(?:br|gzip)"$/, '"'));
    showAnswer(operation, answer, text, Math.round(performance.now() - started));
    if (own) key.value = '';
  } catch {
    find('.answer', operation).replaceChildren(made('p', 'The backend cannot be reached.'));
  }
  button.disabled = false;
};

const showAnswer = (operation, answer, text, tookMs) => {
  const kind = answer.status < 300 ? 'good' : answer.status < 400 ? 'same' : 'bad';
  const status = made('p', undefined, { class: 'status' });
  status.append(made('b', String(answer.status), { class: kind }), made('span', tookMs + ' ms'), made('span', text.length + ' characters'));
  const box = made('div');
  box.append(status);
  const json = text === '' ? undefined : parsed(text);
  const shown = json === undefined ? text || 'No body.' : JSON.stringify(json, null, 2);
  const pre = made('pre', undefined, { tabindex: '0' });
  pre.append(made('code', shown.length > 200000 ? shown.slice(0, 200000) + '\n…' : shown));
  const details = made('details');
  details.append(made('summary', 'Headers'));
  const list = made('pre');
  list.append(made('code', [...answer.headers].map(([name, value]) => name + ': ' + value).join('\n')));
  details.append(list);
  box.append(pre, details);
  find('.answer', operation).replaceChildren(box);
};

for (const operation of all('.operation'))
  operation.addEventListener('toggle', () => {
    if (!operation.open) return;
    prepare(operation);
    fillTag(operation);
    showSample(operation);
  });
follow();
`
