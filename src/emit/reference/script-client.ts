/** How the page writes what the form of an operation asks for as a call of the typed client. */

export const clientScript = String.raw`
const optionWords = {
  sort: text => text.split(','),
  fields: text => text.split(','),
  select: text => text.split(','),
  group: text => text.split(','),
  expand: text => Object.fromEntries(text.split(',').map(one => [one, true])),
  limit: Number,
  after: text => text,
  withTotal: text => text === 'true',
};

/** Filters, or conditions on figures. */
const conditionsOf = query => {
  const found = {};
  for (const [name, value] of query) {
    const [, field, operator] = /^([^[]+)(?:\[(\w+)\])?$/.exec(name) || [];
    if (operator === undefined || operator === 'eq') found[field] = value;
    else if (operator === 'in') (found[field] = found[field] || { in: [] }).in.push(value);
    else found[field] = { ...found[field], [operator]: operator === 'isNull' ? value === 'true' : value };
  }
  return found;
};

/** id, input and key come as they stand in the program; without a key where none is needed. */
const writtenCall = (call, { id, query, input, key }) => {
  const [group, kind] = call.split('.');
  const isOption = ([name]) => group !== 'queries' && Object.hasOwn(optionWords, name);
  const isFigure = ([name]) => name.includes('(');
  const having = conditionsOf(query.filter(isFigure));
  const options = Object.fromEntries(query.filter(isOption).map(([name, text]) => [name, optionWords[name](text)]));
  if (Object.keys(having).length > 0) options.having = having;
  const filter = literal(conditionsOf(query.filter(pair => !isOption(pair) && !isFigure(pair))));
  const more = Object.keys(options).length > 0 ? ', ' + literal(options) : '';
  const keyed = key === undefined ? '' : ', { key: ' + key + ' }';
  const given = {
    list: filter + more,
    aggregate: filter + more,
    get: id + more,
    create: input + keyed,
    replace: id + ', ' + input,
    update: id + ', ' + input,
    delete: id,
  };
  return call + '(' + (group === 'commands' ? input + keyed : group === 'queries' ? filter : given[kind]) + ')';
};

/** Every operation has a name, by which references of later ones go. */
const writtenBatch = ({ operations, atomic }, key) => {
  const made = [operations].flat().filter(one => document.getElementById(one?.operation)?.dataset.call);
  const steps = made.map(({ operation, id, query, input }, at) => {
    const pairs = Object.entries(query || {}).flatMap(([name, value]) => [value].flat().map(one => [name, String(one)]));
    const given = { id: literal(id ?? ''), query: pairs, input: literal(input || {}) };
    return '  const step' + at + ' = to.' + writtenCall(document.getElementById(operation).dataset.call, given)
      .replace(/\{\s*\$ref: "(\d+)\/([^"]+)"\s*\}/g, (_, step, path) => 'step' + step + '.ref(' + quoted(path) + ')')
      .replaceAll('\n', '\n  ');
  });
  return 'batch(to => {\n' + steps.join('\n') + '\n  return [' + made.map((_, at) => 'step' + at).join(', ') + ']\n}, { '
    + (atomic === true ? 'atomic: true, ' : '') + 'key: ' + key + ' })';
};

const clientSample = (call, operation) => {
  const { path, query, headers, body } = requestOf(operation);
  const given = headers['Idempotency-Key'];
  const key = given === undefined ? 'newKey()' : quoted(given);
  const value = body === null ? {} : parsed(body) || {};
  const said = call === 'batch' ? writtenBatch(value, key)
    : writtenCall(call, { id: quoted(path.split('/').pop()), query, input: literal(value), key });
  const words = said.includes('newKey()') ? 'createClient, newKey' : 'createClient';
  return 'import { ' + words + " } from 'mettle/client'\nimport type backend from './backend.ts'\n\n"
    + 'const client = createClient<typeof backend>({ url: ' + quoted(location.origin) + ' })\n'
    + (call.endsWith('.delete') ? '' : 'const answer = ') + 'await client.' + said;
};
`
