import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const WEB = path.join(import.meta.dirname, '../../../src/web');
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/app.js', 'app.js', 'text/javascript; charset=utf-8'],
  ['/style.css', 'style.css', 'text/css; charset=utf-8'],
] as const;

let hub: HubFixture;
let user: ApiUser;

beforeAll(async () => {
  hub = await startHub();
  user = new ApiUser(hub);
});

afterAll(async () => {
  user.checkAnswers();
  await hub.close();
});

describe('the page', () => {
  it.each(FILES)('%s is %s', async (url, file, type) => {
    const answer = await user.get(url);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(readFileSync(path.join(WEB, file), 'utf8'));
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    expect(answer.headers['content-security-policy']).toContain("default-src 'self'; frame-ancestors 'none'");
    expect((await user.ask('HEAD', url)).status).toBe(200);
    user.answers.pop();
  });

  it('needs nothing but its own files, nor anything its policy forbids', async () => {
    const { text } = await user.get('/');
    const named = [...text.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, url]) => url);
    for (const url of named) expect((await user.get(url as string)).status, url).toBe(200);
    expect(text).not.toMatch(/\son\w+=|style="|<style|javascript:|https?:\/\//);
  });

  it('gives no file beside these', async () => {
    for (const url of ['/index.html', '/../package.json', '/%2e%2e/package.json', '/app.js/..%2f..%2fpackage.json']) {
      expect((await user.get(url)).status, url).toBe(404);
    }
  });
});
