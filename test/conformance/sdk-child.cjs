/*
 * Runs the official SDK against a simulator and prints, as JSON lines, what it says. A process of its own: the SDK sets
 * TZ and patches globals. Arguments by the environment: SIM_SOCKET, SIM_DATA, SIM_TOKEN, SIM_PLAN (JSON). It ends when its
 * standard input does.
 */
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const packageRequire = createRequire(require.resolve('fyers-api-v3', { paths: [root] }));
const LIVE_DATA = 'https://api-t1.fyers.in/data/';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

// Whatever the SDK tries, nothing leaves this machine.
const net = require('node:net');
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function connectLoopback(...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (options?.host !== '127.0.0.1') {
    say({ refusedHost: String(options?.host) });
    throw new Error('a host that is not on this machine was asked');
  }
  return connect.apply(this, args);
};

const redirect = (config) => {
  const url = String(config.url);
  say({ http: url });
  if (!url.startsWith(LIVE_DATA)) throw new Error('a host that is not on this machine was asked');
  return { ...config, url: `${process.env.SIM_DATA}/${url.slice(LIVE_DATA.length)}`, proxy: false };
};
const axios = packageRequire('axios');
axios.interceptors.request.use(redirect);
const create = axios.create.bind(axios);
axios.create = (...args) => {
  const client = create(...args);
  client.interceptors.request.use(redirect);
  return client;
};

const { Config } = packageRequire('./config/config.js');
Config.HSM_SOCKET = process.env.SIM_SOCKET;
const plan = JSON.parse(process.env.SIM_PLAN);

const DataSocket = packageRequire('./HSM/datasocket.min.js');
const socket = DataSocket.getInstance(process.env.SIM_TOKEN, process.cwd(), false);
const done = () => process.exit(0);

socket.on('connect', () => {
  say({ connected: true });
  for (const { call, args } of plan) {
    const resolved = args.map((arg) => (arg === '$lite' ? socket.LiteMode : arg === '$full' ? socket.FullMode : arg));
    socket[call](...resolved);
  }
});
socket.on('message', (message) => say({ message }));
socket.on('error', (error) => say({ error }));
socket.on('close', () => say({ closed: true }));

// Later calls come as JSON lines.
let rest = '';
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const { call, args } = JSON.parse(line);
    socket[call](...args);
  }
});
process.stdin.on('end', done);
socket.connect();
