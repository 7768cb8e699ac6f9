/*
 * A root for a bundle in which no root is left. An empty file is none that Envoy loads: it would go on
 * with the one before, and trust what must not be trusted any more.
 *
 * Nobody can sign with it. The x coordinate of its public key is the SHA-256 of a sentence, so nobody
 * chose it, and nobody has the private key; a test derives it again. The signature below is no real one:
 * that of a trust anchor is checked by nobody.
 */

export const NOBODY_SENTENCE = 'cdktf-mesh-federation: nobody has this key, 2';

export const NOBODY = `\
-----BEGIN CERTIFICATE-----
MIIBODCB36ADAgECAgEBMAoGCCqGSM49BAMCMBExDzANBgNVBAMTBm5vYm9keTAg
Fw0yNjAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFowETEPMA0GA1UEAxMGbm9i
b2R5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAESPp0SjBbbMwjDxco4PN7cSFA
gkjsv6SsF7lL+EXHQjXNOh1qDzft4RHtl/lIAgVYx+ZAFkUyDj0dvxVUVgaE4KMm
MCQwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAgQwCgYIKoZIzj0E
AwIDSAAwRQIhAOeoGXmY/OaYEOXiOZOgN6aWzMXErryjGK2w2py+19IWAiB1p8lG
ruW1zRzXIJzZ9oQ8Lxnshk5GLZ37xQIrkx1N9A==
-----END CERTIFICATE-----
`;
