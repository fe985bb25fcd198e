/**
 * What the reference page does by itself, as the text of its script: theme, menu, search, deep
 * links, signing in. It writes text only, never HTML, as its policy demands.
 */

export const pageScript = String.raw`
const find = (what, where = document) => where.querySelector(what);
const all = (what, where = document) => [...where.querySelectorAll(what)];
const made = (name, text, attributes = {}) => {
  const one = document.createElement(name);
  if (text !== undefined) one.textContent = text;
  for (const key in attributes) one.setAttribute(key, attributes[key]);
  return one;
};

const kept = {
  get: name => { try { return localStorage.getItem('mettle-docs-' + name); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem('mettle-docs-' + name, value); } catch {} },
};

const root = document.documentElement;
const chosen = kept.get('theme');
if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;
find('#theme').addEventListener('click', () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  kept.set('theme', root.dataset.theme);
});

const menu = find('#menu');
const openMenu = find('#open-menu');
const showMenu = open => {
  menu.classList.toggle('open', open);
  openMenu.setAttribute('aria-expanded', String(open));
};
openMenu.addEventListener('click', () => showMenu(!menu.classList.contains('open')));
menu.addEventListener('click', event => { if (event.target.closest('a')) showMenu(false); });

const search = find('#search');
/** What an operation names: parameters, members, places in documents, codes of errors. */
const named = new Map();
const namesIn = item => {
  if (!named.has(item)) {
    const operation = document.getElementById(find('a', item).hash.slice(1));
    named.set(item, [...new Set(all('code', operation).map(one => one.textContent.toLowerCase()))]);
  }
  return named.get(item);
};
const called = (item, word) => item.dataset.search.includes(word) || namesIn(item).includes(word);
/** The places in a document have no end: whoever looks for one is led to the document. */
const mentions = (item, word) => called(item, word) || namesIn(item).some(name => name.includes(word) || word.startsWith(name + '.'));
/** Shows the operations of the menu that fit every word; gives how many. */
const narrow = (words, fits) => {
  let shown = 0;
  for (const section of all('section', menu)) {
    let some = 0;
    for (const item of all('li', section)) {
      item.hidden = !words.every(word => fits(item, word));
      if (!item.hidden) some++;
    }
    section.hidden = some === 0;
    shown += some;
  }
  return shown;
};
search.addEventListener('input', () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  // Parts of what is named only where nothing is called so: "create" is a part of "createdAt".
  find('#nothing').hidden = narrow(words, called) > 0 || narrow(words, mentions) > 0;
});
search.addEventListener('keydown', event => {
  if (event.key !== 'Enter') return;
  const first = find('section:not([hidden]) li:not([hidden]) a', menu);
  if (first) { event.preventDefault(); first.click(); }
});
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && menu.classList.contains('open')) { showMenu(false); openMenu.focus(); }
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target.closest('input,textarea,select')) return;
  event.preventDefault();
  if (openMenu.offsetParent) showMenu(true);
  search.focus();
});

const follow = () => {
  const id = decodeURIComponent(location.hash.slice(1));
  for (const link of all('a[aria-current]', menu)) link.removeAttribute('aria-current');
  const target = id && document.getElementById(id);
  if (!target) return;
  if (target.matches('.operation')) { target.open = true; prepare(target); find('summary', target).focus({ preventScroll: true }); }
  const link = all('li a', menu).find(one => one.hash === location.hash);
  if (link) link.setAttribute('aria-current', 'true');
  target.scrollIntoView();
};
addEventListener('hashchange', follow);

const sign = find('#sign');
const dialog = find('#sign-in');
const says = find('#sign-in-says');
const showCaller = account => {
  find('#caller').textContent = account ? account.email : '';
  sign.textContent = account ? 'Sign out' : 'Sign in';
  sign.dataset.signed = account ? 'yes' : '';
};
const failed = async answer => {
  const problem = await answer.json().catch(() => ({}));
  return [problem.title || 'Status ' + answer.status, problem.detail || problem.hint].filter(Boolean).join('. ');
};
const post = (path, body) => fetch(path, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
if (document.body.dataset.identity === 'yes') {
  sign.hidden = false;
  if (kept.get('signed') === 'yes')
    fetch('/auth/me').then(answer => answer.ok ? answer.json() : null).then(account => {
      showCaller(account);
      if (!account) kept.set('signed', '');
    }, () => {});
}
sign.addEventListener('click', async () => {
  if (!sign.dataset.signed) { says.textContent = ''; dialog.showModal(); return; }
  await fetch('/auth/sign-out', { method: 'POST' });
  kept.set('signed', '');
  showCaller(null);
});
find('#sign-in-close').addEventListener('click', () => dialog.close());
find('form', dialog).addEventListener('submit', async event => {
  event.preventDefault();
  says.textContent = '';
  try {
    const answer = await post('/auth/sign-in', { email: find('#email').value, password: find('#password').value });
    if (!answer.ok) { says.textContent = await failed(answer); return; }
    showCaller((await answer.json()).user);
    kept.set('signed', 'yes');
    find('#password').value = '';
    dialog.close();
  } catch {
    says.textContent = 'The backend cannot be reached.';
  }
});
`
