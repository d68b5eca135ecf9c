import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeJwt } from './make-token.ts';
import { PlantedSecrets } from './planted-secrets.ts';

const SECRET = 'Geheim & "Wort" ₹7';

it.each([
  ['as it is', `error: ${SECRET} is wrong`],
  ['percent-encoded', `http://127.0.0.1/?a=${encodeURIComponent(SECRET)}`],
  ['in a form', new URLSearchParams({ a: SECRET }).toString()],
  ['as JSON', JSON.stringify({ a: [SECRET] })],
  ['in hex', Buffer.from(SECRET).toString('hex')],
  ...[1, 2, 3, 4].flatMap((before): [string, string][] => {
    const text = `${'user'.slice(0, before)}${SECRET}: end`;
    return [
      [`in Base64 after ${before} characters`, `Basic ${Buffer.from(text).toString('base64')}`],
      [`at the end of Base64url after ${before} characters`, Buffer.from(text.slice(0, -5)).toString('base64url')],
    ];
  }),
])('finds a secret %s', (_, text) => {
  const secrets = new PlantedSecrets();
  secrets.plant('word', SECRET);
  secrets.plant('other', 'something else');
  expect(secrets.findIn(text)).toEqual(['word']);
});

it('finds the parts of a token and its claims, and not its header, which all tokens share', () => {
  const secrets = new PlantedSecrets();
  const jwt = makeJwt({ display_name: 'A PERSON' });
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  secrets.plantToken('token', jwt);
  expect(secrets.findIn(header)).toEqual([]);
  expect(secrets.findIn(`signed by ${signature}`)).toEqual(['token']);
  // Whoever has the claims in Base64 has them all.
  expect(secrets.findIn(payload)).toEqual(expect.arrayContaining(['token']));
  expect(secrets.findIn('Hello A PERSON')).toEqual(['display_name of token']);
});

it('finds them in files below a folder, and in their names', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, 'a', 'b'), { recursive: true });
  const write = (name: string, content: string | Buffer): string => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  write('a/clean', 'nothing');
  const allowed = write('a/token', SECRET);
  const binary = write(
    'a/b/binary',
    Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from(SECRET), Buffer.from([0xff])]),
  );
  const named = write('a/b/word-12345678', '');
  const secrets = new PlantedSecrets();
  secrets.plant('word', SECRET);
  secrets.plant('name', 'word-12345678');
  expect(secrets.findInFiles(folder, [allowed]).sort()).toEqual([`${binary}: word`, `${named}: name`]);
});
