/** Name of the job `authority` of a Linkerd mesh, and of all that belongs to it. */
export const LINKERD_AUTHORITY = 'linkerd-authority';
