export type { LinkerdEntrance, ILinkerdMesh } from './interface';
