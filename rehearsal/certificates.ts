import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { sanOf } from '../constructs/federation/plan/identity';

x509.cryptoProvider.set(webcrypto);

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const;

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** A leaf certificate with its key, both PEM. */
export interface Leaf {
  /** The leaf first, then the intermediates. */
  readonly chain: string;
  readonly key: string;
}

/** When a certificate is valid, in seconds from now. */
export interface Validity {
  /** @default -60, for clocks that differ; Consul backdates as much, Istio two minutes */
  readonly from?: number;
  readonly to?: number;
}

/** What a mesh's certificates look like. */
interface Profile {
  readonly keys: typeof EC | typeof RSA;
  readonly rootName: string;
  /** Name of the intermediate that signs the leafs; without one the root does. */
  readonly intermediateName?: string;
  /** SPIFFE ID of the trust domain, where the authorities' certificates carry it. */
  readonly authorityId?: string;
  readonly leafSeconds: number;
  readonly leafKeyUsage: x509.KeyUsageFlags;
}

/**
 * A mesh's certificate authority, as far as its certificates can be told from the outside. Its
 * private keys never leave this process.
 */
export class MeshCa {
  private constructor(
    private readonly profile: Profile,
    private readonly root: Authority,
    private readonly issuer: Authority,
  ) {}

  /**
   * istiod's self-signed CA: RSA 2048, the root signs the workloads, which live for 24 hours.
   * @see https://github.com/istio/istio/blob/1.30.3/security/pkg/pki/ca/ca.go
   */
  static istio(organization = 'cluster.local'): Promise<MeshCa> {
    return MeshCa.create({
      keys: RSA,
      rootName: `O=${organization}`,
      leafSeconds: 24 * 3600,
      leafKeyUsage: x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
    });
  }

  /**
   * Consul's built-in CA in a datacenter with an intermediate (a secondary one, or a Vault provider):
   * EC P-256, 72 hours. The intermediate travels with each leaf.
   * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/connect/ca/provider_consul.go
   */
  static consul(trustDomain: string): Promise<MeshCa> {
    return MeshCa.create({
      keys: EC,
      rootName: `CN=pri-rehearsal.consul.ca.${trustDomain}`,
      intermediateName: `CN=sec-rehearsal.consul.ca.${trustDomain}`,
      authorityId: `spiffe://${trustDomain}`,
      leafSeconds: 72 * 3600,
      leafKeyUsage:
        x509.KeyUsageFlags.digitalSignature |
        x509.KeyUsageFlags.keyEncipherment |
        x509.KeyUsageFlags.dataEncipherment |
        x509.KeyUsageFlags.keyAgreement,
    });
  }

  /**
   * Linkerd's, below a trust anchor that its owner made: EC P-256, 24 hours, DNS names.
   * @see https://github.com/linkerd/linkerd2/blob/edge-26.8.3/pkg/tls/ca.go
   */
  static linkerd(trustDomain: string): Promise<MeshCa> {
    return MeshCa.create({
      keys: EC,
      rootName: `CN=root.linkerd.${trustDomain}`,
      intermediateName: `CN=identity.linkerd.${trustDomain}`,
      leafSeconds: 24 * 3600,
      leafKeyUsage: x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
    });
  }

  private static async create(profile: Profile): Promise<MeshCa> {
    const root = await Authority.selfSigned(profile.rootName, profile);
    const issuer =
      profile.intermediateName === undefined
        ? root
        : await root.subordinate(profile.intermediateName, profile);
    return new MeshCa(profile, root, issuer);
  }

  /** The root certificate, PEM: what the other mesh gets. */
  get bundle(): string {
    return pem(this.root.certificate);
  }

  /** Keys from a small pool, never the same ones twice in a row for a workload. */
  private nextKeys(identity: string): Promise<webcrypto.CryptoKeyPair> {
    const { keys } = this.profile;
    const pool = pools.get(keys.name) ?? Array.from({ length: POOL_SIZE }, () => generate(keys));
    pools.set(keys.name, pool);
    const turn = (turns.get(identity) ?? 0) + 1;
    turns.set(identity, turn);
    const chosen = pool[turn % POOL_SIZE];
    return chosen ?? generate(keys);
  }

  /** A workload certificate: an empty subject and the identity as its one, critical, name. */
  async issue(identity: string, validity: Validity = {}): Promise<Leaf> {
    const keys = await this.nextKeys(identity);
    const type = sanOf(identity) === 'URI' ? 'url' : 'dns';
    const now = Date.now();
    const certificate = await this.issuer.sign({
      subject: '',
      publicKey: keys.publicKey,
      notBefore: new Date(now + (validity.from ?? -60) * SECOND),
      notAfter: new Date(now + (validity.to ?? this.profile.leafSeconds) * SECOND),
      extensions: [
        new x509.SubjectAlternativeNameExtension([{ type, value: identity }], true),
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(this.profile.leafKeyUsage, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
      ],
    });
    const chain = [certificate, ...(this.issuer === this.root ? [] : [this.issuer.certificate])];
    return { chain: chain.map(pem).join(''), key: await privateKeyPem(keys.privateKey) };
  }
}

/** Making an RSA key takes long, and a rehearsal needs hundreds of certificates. */
const POOL_SIZE = 4;
/** Certificates issued to each workload. */
const turns = new Map<string, number>();
const pools = new Map<string, Promise<webcrypto.CryptoKeyPair>[]>();

interface ToSign {
  readonly subject: string;
  readonly publicKey: webcrypto.CryptoKey;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: x509.Extension[];
}

class Authority {
  private constructor(
    readonly certificate: x509.X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
  ) {}

  static async selfSigned(name: string, profile: Profile): Promise<Authority> {
    const keys = await generate(profile.keys);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...authorityFields(),
      name,
      keys,
      extensions: await authorityExtensions(keys.publicKey, profile),
    });
    return new Authority(certificate, keys);
  }

  async subordinate(name: string, profile: Profile): Promise<Authority> {
    const keys = await generate(profile.keys);
    const certificate = await this.sign({
      ...authorityFields(),
      subject: name,
      publicKey: keys.publicKey,
      extensions: await authorityExtensions(keys.publicKey, profile),
    });
    return new Authority(certificate, keys);
  }

  async sign({ extensions, ...rest }: ToSign): Promise<x509.X509Certificate> {
    return x509.X509CertificateGenerator.create({
      ...rest,
      issuer: this.certificate.subject,
      signingKey: this.keys.privateKey,
      extensions: [
        ...extensions,
        await x509.AuthorityKeyIdentifierExtension.create(this.keys.publicKey),
      ],
    });
  }
}

function authorityFields(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - HOUR), notAfter: new Date(Date.now() + 24 * HOUR) };
}

async function authorityExtensions(
  publicKey: webcrypto.CryptoKey,
  { authorityId }: Profile,
): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ...(authorityId === undefined
      ? []
      : [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: authorityId }])]),
  ];
}

function generate(algorithm: typeof EC | typeof RSA): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
