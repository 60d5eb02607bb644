// Where the package cis2-broker installs the documents (debian/rules leaves them uncompressed).
#ifndef CIS2_BROKER_BASE_DOCUMENTS_H_
#define CIS2_BROKER_BASE_DOCUMENTS_H_

// A macro, for texts that are put together when they are compiled: CIS2_DOCUMENTS "keys.md".
#define CIS2_DOCUMENTS "/usr/share/doc/cis2-broker/"

#endif  // CIS2_BROKER_BASE_DOCUMENTS_H_
