/** Where a gateway listens and whom it lets in, from the directives of a sentinel.conf. */
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readLines } from '../conf/lines.ts';
import type { ServerSettings } from '../conf/server.ts';
import type { GatewayOptions, GatewayTls, GatewayUser } from '../resp/gateway.ts';
import { Misuse } from './output.ts';

export interface Listening {
  /** One gateway each. */
  readonly doors: readonly Pick<GatewayOptions, 'host' | 'port' | 'tls'>[];
  readonly admission: Pick<GatewayOptions, 'requirePass' | 'users'>;
}

const EVERYWHERE: Readonly<Record<string, string>> = { '*': '0.0.0.0', '::*': '::', '-::*': '::' };

/**
 * Without `bind` it is every address as in Redis, if somebody is asked for a password; else this machine alone.
 * @throws Misuse
 */
export async function readListening(server: ServerSettings): Promise<Listening> {
  const users = [...server.users.map(userOf), ...(server.aclfile ? await aclUsers(server.aclfile) : [])];
  const admission = {
    ...(server.requirepass && { requirePass: server.requirepass }),
    ...(users.length > 0 && { users }),
  };
  // as redis-sentinel writes back the user that everybody is
  const open = users.some(({ rules }) => /(^| )on( |$)/.test(rules) && /(^| )nopass( |$)/.test(rules));
  const guarded = admission.requirePass !== undefined || (users.length > 0 && !open);
  const hosts = server.bind?.map((host) => EVERYWHERE[host] ?? host.replace(/^-/, ''));
  const where = hosts ?? [guarded ? '0.0.0.0' : '127.0.0.1'];
  const tls = server.tlsPort > 0 ? await tlsOf(server) : undefined;
  const doors = where.flatMap((host) => [
    ...(server.port > 0 ? [{ host, port: server.port }] : []),
    ...(tls ? [{ host, port: server.tlsPort, tls }] : []),
  ]);
  return { doors, admission };
}

function userOf([name = '', ...rules]: readonly string[]): GatewayUser {
  return { name, rules: rules.join(' ') };
}

async function aclUsers(path: string): Promise<GatewayUser[]> {
  const lines = readLines(await readOr(path, 'aclfile'));
  return lines
    .filter(({ words, problem }) => words.length > 0 || problem !== undefined)
    .map(({ number, words: [directive, ...rest], problem }) => {
      if (problem !== undefined || directive !== 'user' || rest.length === 0) {
        throw new Misuse(`${path}:${number}: allowed are lines of "user", a name and its rules`);
      }
      return userOf(rest);
    });
}

async function tlsOf({ tls }: ServerSettings): Promise<GatewayTls> {
  const { certFile, keyFile, keyFilePass, caCertFile, authClients = 'yes' } = tls;
  if (!certFile || !keyFile) throw new Misuse('tls-port needs tls-cert-file and tls-key-file');
  if (authClients === 'optional') {
    throw new Misuse('tls-auth-clients optional: allowed here are yes and no');
  }
  if (authClients === 'yes' && !caCertFile) {
    throw new Misuse(
      'tls-auth-clients yes (the default) needs tls-ca-cert-file, by which clients are judged',
    );
  }
  const key = await readPem(keyFile, 'tls-key-file');
  return {
    cert: await readPem(certFile, 'tls-cert-file'),
    key: keyFilePass === undefined ? key : decrypted(key, keyFilePass),
    ...(authClients === 'yes' && caCertFile && { ca: await readPem(caCertFile, 'tls-ca-cert-file') }),
  };
}

/** What a zone shows to nodes that are reached over TLS, and what it holds them to. @throws Misuse */
export async function nodeTls({ tls }: ServerSettings): Promise<Readonly<Record<string, string>>> {
  const cert = tls.clientCertFile ?? tls.certFile;
  const keyFile = tls.clientCertFile ? tls.clientKeyFile : tls.keyFile;
  const keyPass = tls.clientCertFile ? tls.clientKeyFilePass : tls.keyFilePass;
  if ((cert === undefined) !== (keyFile === undefined)) {
    throw new Misuse('a certificate needs its key: one of tls-cert-file and tls-key-file is missing');
  }
  const key = keyFile && (await readPem(keyFile, 'tls-key-file'));
  return {
    ...(tls.caCertFile && { ca: await readPem(tls.caCertFile, 'tls-ca-cert-file') }),
    ...(cert && { cert: await readPem(cert, 'tls-cert-file') }),
    ...(key && { key: keyPass === undefined ? key : decrypted(key, keyPass) }),
  };
}

async function readPem(path: string, directive: string): Promise<string> {
  const text = (await readOr(path, directive)).toString('utf8');
  if (!text.includes('-----BEGIN ')) throw new Misuse(`${directive} ${path}: it is no PEM file`);
  return text;
}

async function readOr(path: string, directive: string): Promise<Buffer> {
  return readFile(path).catch((error: Error) => {
    throw new Misuse(`${directive} ${path} cannot be read: ${error.message}`);
  });
}

function decrypted(key: string, passphrase: string): string {
  try {
    return createPrivateKey({ key, passphrase }).export({ type: 'pkcs8', format: 'pem' }) as string;
  } catch {
    throw new Misuse('tls-key-file does not open with tls-key-file-pass');
  }
}
