/*
 * The official SDK with JSON.stringify, as its users print ticks: one line a message, until RECEIVE messages have come. A process
 * of its own: the SDK sets TZ and patches globals. Its endpoints are overridden, its logging is off, and no other host is asked.
 * Arguments by the environment: TICKPIPE_SOCKET_URL, TICKPIPE_DATA_URL, FYERS_ACCESS_TOKEN, SYMBOLS (commas), RECEIVE; with
 * PRINT=0 it only counts what it is given.
 */
'use strict';

const { createRequire } = require('node:module');
const packageRequire = createRequire(require.resolve('fyers-api-v3'));
const LIVE_DATA = 'https://api-t1.fyers.in/data/';

const redirect = (config) => {
  const url = String(config.url);
  if (!url.startsWith(LIVE_DATA)) throw new Error('a host that is not on this machine was asked');
  return { ...config, url: `${process.env.TICKPIPE_DATA_URL}/${url.slice(LIVE_DATA.length)}`, proxy: false };
};
const axios = packageRequire('axios');
axios.interceptors.request.use(redirect);
const create = axios.create.bind(axios);
axios.create = (...args) => {
  const client = create(...args);
  client.interceptors.request.use(redirect);
  return client;
};
packageRequire('./config/config.js').Config.HSM_SOCKET = process.env.TICKPIPE_SOCKET_URL;

const symbols = process.env.SYMBOLS.split(',');
const print = process.env.PRINT !== '0';
const wanted = Number(process.env.RECEIVE);
let received = 0;
const socket = packageRequire('./HSM/datasocket.min.js').getInstance(
  process.env.FYERS_ACCESS_TOKEN,
  process.cwd(),
  false,
);
socket.on('connect', () => socket.subscribe(symbols));
socket.on('message', (message) => {
  if (message.symbol === undefined) return;
  if (print) process.stdout.write(`${JSON.stringify(message)}\n`);
  if (++received === wanted) process.stdout.write('', () => process.exit(0));
});
socket.connect();
