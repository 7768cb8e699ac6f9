/** The request header in which a border tells the callee the verified caller's SPIFFE ID. */
export const CALLER_HEADER = 'x-federation-caller';

export const XFCC = 'x-forwarded-client-cert';
