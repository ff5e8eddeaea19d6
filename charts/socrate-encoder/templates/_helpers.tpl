{{/* Labels of everything. Context: the root, and the component's name. */}}
{{- define "socrate.labels" -}}
app.kubernetes.io/name: socrate-encoder
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* What selects the Pods of a component. */}}
{{- define "socrate.selector" -}}
app.kubernetes.io/name: socrate-encoder
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Pod security as the level "restricted" wants it. */}}
{{- define "socrate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "socrate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* All namespaces where Jobs run, as a JSON list. */}}
{{- define "socrate.jobNamespaces" -}}
{{- $names := list .Values.encodingsNamespace }}
{{- range .Values.tenantNamespaces }}{{ $names = append $names .name }}{{ end }}
{{- $names | uniq | toJson }}
{{- end }}

{{/*
A password by its key in the Secret <release>-passwords: the one in the cluster, else a new one, and within
one rendering always the same.
*/}}
{{- define "socrate.password" -}}
{{- $root := .root }}
{{- if not (hasKey $root.Values "passwords") }}
  {{- $old := lookup "v1" "Secret" $root.Release.Namespace (printf "%s-passwords" $root.Release.Name) }}
  {{- $known := dict }}
  {{- range $key, $value := (($old).data | default dict) }}{{ $_ := set $known $key ($value | b64dec) }}{{ end }}
  {{- with $root.Values.redis.encoderPassword }}{{ $_ := set $known "redis-encoder" . }}{{ end }}
  {{- $_ := set $root.Values "passwords" $known }}
{{- end }}
{{- if not (hasKey $root.Values.passwords .key) }}
  {{- $_ := set $root.Values.passwords .key (randAlphaNum 32) }}
{{- end }}
{{- index $root.Values.passwords .key }}
{{- end }}

{{/* Address of Redis for encoders; empty without Redis. */}}
{{- define "socrate.encoderRedisUrl" -}}
{{- if .Values.redis.embedded -}}
redis://encoder:{{ include "socrate.password" (dict "root" . "key" "redis-encoder") }}@{{ .Release.Name }}-redis.{{ .Release.Namespace }}.svc:6379/0
{{- else -}}
{{ .Values.redis.encoderUrl }}
{{- end }}
{{- end }}

{{/*
Users of the embedded Redis, with the SHA-256 of their passwords: the API reads progress, encoders write it. `%R~` and `%W~`
are keys to read and keys to write: SET with GET would read otherwise.
*/}}
{{- define "socrate.redisUsers" -}}
{{- $api := include "socrate.password" (dict "root" . "key" "redis-api") | sha256sum }}
{{- $encoder := include "socrate.password" (dict "root" . "key" "redis-encoder") | sha256sum -}}
user default off
user api on #{{ $api }} %R~socrate:progress:* -@all +get +mget +getrange +ping +hello
user encoder on #{{ $encoder }} %W~socrate:progress:* -@all +set +ping +hello
{{- end }}

{{/* Name of the Secret with the addresses of Postgres. */}}
{{- define "socrate.databaseSecret" -}}
{{- if .Values.postgres.embedded -}}
{{ .Release.Name }}-database
{{- else -}}
{{ required "postgres.existingSecret is needed where postgres.embedded is false" .Values.postgres.existingSecret }}
{{- end }}
{{- end }}

{{- define "socrate.imagePullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Address of the S3 API as Pods reach it; empty for Amazon's own. */}}
{{- define "socrate.storeEndpoint" -}}
{{- if .Values.store.s3.embedded -}}
http://{{ .Release.Name }}-s3.{{ .Release.Namespace }}.svc:7070
{{- else -}}
{{ .Values.store.s3.endpoint }}
{{- end }}
{{- end }}

{{/* Name of the Secret with the keys of S3. */}}
{{- define "socrate.storeSecret" -}}
{{- $s3 := .Values.store.s3 }}
{{- if $s3.embedded -}}
{{ .Release.Name }}-s3
{{- else -}}
{{ required "store.s3.existingSecret is needed where store.url begins with s3:// and store.s3.embedded is false" $s3.existingSecret }}
{{- end }}
{{- end }}

{{/* The environment of a container that reads and writes the whole store. */}}
{{- define "socrate.storeEnvironment" -}}
- {name: SOCRATE_STORE_URL, value: {{ .Values.store.url | quote }}}
{{- if hasPrefix "s3:" .Values.store.url }}
{{- $secret := include "socrate.storeSecret" . }}
- {name: AWS_REGION, value: {{ .Values.store.s3.region | quote }}}
{{- with include "socrate.storeEndpoint" . }}
- {name: AWS_ENDPOINT_URL, value: {{ . | quote }}}
{{- end }}
{{- if .Values.store.s3.caConfigMap }}
- {name: AWS_CA_BUNDLE, value: /store-authorities/ca.crt}
{{- end }}
- {name: AWS_ACCESS_KEY_ID, valueFrom: {secretKeyRef: {name: {{ $secret }}, key: AWS_ACCESS_KEY_ID}}}
- {name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: {{ $secret }}, key: AWS_SECRET_ACCESS_KEY}}}
{{- end }}
{{- end }}

{{/* Where webhooks may be sent: for what takes their URLs, and for what sends. */}}
{{- define "socrate.webhookEnvironment" -}}
- {name: SOCRATE_WEBHOOK_ALLOW_HTTP, value: {{ .Values.webhooks.allowHttp | quote }}}
- {name: SOCRATE_WEBHOOK_ALLOWED_ADDRESSES, value: {{ join "," .Values.webhooks.allowedAddresses | quote }}}
- {name: SOCRATE_WEBHOOK_DENIED_ADDRESSES, value: {{ join "," .Values.webhooks.deniedAddresses | quote }}}
{{- end }}

{{/* What a container that reads and writes the whole store mounts for it, and the Pod's volumes for that; each may be empty. */}}
{{- define "socrate.storeMounts" -}}
{{- if hasPrefix "file:" .Values.store.url -}}
- {name: store, mountPath: /store}
{{- else if .Values.store.s3.caConfigMap -}}
- {name: store-authorities, mountPath: /store-authorities, readOnly: true}
{{- end }}
{{- end }}

{{- define "socrate.storeVolumes" -}}
{{- if hasPrefix "file:" .Values.store.url -}}
- {name: store, persistentVolumeClaim: {claimName: socrate-store}}
{{- else if .Values.store.s3.caConfigMap -}}
- {name: store-authorities, configMap: {name: {{ .Values.store.s3.caConfigMap }}, items: [{key: ca.crt, path: ca.crt}]}}
{{- end }}
{{- end }}

{{/*
The claim of an embedded server, with its volume where that is a directory of the node. Context: root, component, and
the server's values.
*/}}
{{- define "socrate.serverClaim" -}}
{{- $name := printf "%s-%s" .root.Release.Name .component }}
{{- $labels := include "socrate.labels" (dict "root" .root "component" .component) }}
{{- if .values.hostPath }}
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: {{ printf "%s-%s" $name .root.Release.Namespace }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  capacity: {storage: {{ .values.size }}}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: ""
  claimRef:
    apiVersion: v1
    kind: PersistentVolumeClaim
    namespace: {{ .root.Release.Namespace }}
    name: {{ $name }}
  hostPath: {path: {{ .values.hostPath }}, type: DirectoryOrCreate}
{{- end }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  accessModes: [ReadWriteOnce]
  {{- if .values.hostPath }}
  storageClassName: ""
  volumeName: {{ printf "%s-%s" $name .root.Release.Namespace }}
  {{- else if .values.storageClassName }}
  storageClassName: {{ .values.storageClassName }}
  {{- end }}
  resources: {requests: {storage: {{ .values.size }}}}
{{- end }}

{{/* The claim socrate-store of one namespace, with its volume. Context: root, namespace. */}}
{{- define "socrate.storeClaim" -}}
{{- $store := .root.Values.store }}
{{- if and (hasPrefix "file:" $store.url) (not $store.existingClaim) }}
{{- $source := $store.volume }}
{{- if $store.hostPath }}{{ $source = dict "hostPath" (dict "path" $store.hostPath "type" "DirectoryOrCreate") }}{{ end }}
{{- if not $source }}{{ fail "set one of store.hostPath, store.volume and store.existingClaim" }}{{ end }}
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: {{ printf "%s-store-%s" .root.Release.Name .namespace }}
  labels:
    {{- include "socrate.labels" (dict "root" .root "component" "store") | nindent 4 }}
spec:
  capacity: {storage: {{ $store.size }}}
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: ""
  claimRef:
    apiVersion: v1
    kind: PersistentVolumeClaim
    namespace: {{ .namespace }}
    name: socrate-store
  {{- toYaml $source | nindent 2 }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: socrate-store
  namespace: {{ .namespace }}
  labels:
    {{- include "socrate.labels" (dict "root" .root "component" "store") | nindent 4 }}
spec:
  accessModes: [ReadWriteMany]
  storageClassName: ""
  volumeName: {{ printf "%s-store-%s" .root.Release.Name .namespace }}
  resources: {requests: {storage: {{ $store.size }}}}
{{- end }}
{{- end }}

{{/* Everything a namespace where Jobs run needs. Context: root, namespace. */}}
{{- define "socrate.jobNamespace" -}}
{{- $labels := include "socrate.labels" (dict "root" .root "component" "encoder-job") }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: socrate-encoder-job
  namespace: {{ .namespace }}
  labels:
    {{- $labels | nindent 4 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: socrate-encoder-job
  namespace: {{ .namespace }}
  labels:
    {{- $labels | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: socrate-encoder-job}
subjects:
  - {kind: ServiceAccount, name: socrate-encoder-job, namespace: {{ .namespace }}}
{{- with include "socrate.encoderRedisUrl" .root }}
---
apiVersion: v1
kind: Secret
metadata:
  name: socrate-encoder-job
  namespace: {{ $.namespace }}
  labels:
    {{- $labels | nindent 4 }}
type: Opaque
data:
  redis-url: {{ . | b64enc }}
{{- end }}
{{- include "socrate.storeClaim" . }}
{{- if .root.Values.networkPolicy.enabled }}
---
# Encoders speak to the API server, to the operator, to Redis, to DNS, and to a store that is no volume; nobody speaks to them.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: socrate-encoder-job
  namespace: {{ .namespace }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  podSelector:
    matchExpressions:
      - {key: encoding.socrate.ai/encoding-uid, operator: Exists}
  policyTypes: [Ingress, Egress]
  egress:
    - ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
        - {port: 6379, protocol: TCP}
        - {port: 8443, protocol: TCP}
        {{- range .root.Values.networkPolicy.apiServerPorts }}
        - {port: {{ . }}, protocol: TCP}
        {{- end }}
    {{- if hasPrefix "s3:" .root.Values.store.url }}
    {{- if .root.Values.store.s3.embedded }}
    - to:
        - namespaceSelector:
            matchLabels: {kubernetes.io/metadata.name: {{ .root.Release.Namespace }}}
          podSelector:
            matchLabels:
              {{- include "socrate.selector" (dict "root" .root "component" "s3") | nindent 14 }}
      ports: [{port: 7070, protocol: TCP}]
    {{- else }}
    - ports:
        {{- range .root.Values.networkPolicy.storePorts }}
        - {port: {{ . }}, protocol: TCP}
        {{- end }}
      {{- with .root.Values.networkPolicy.storeCidrs }}
      to:
        {{- range . }}
        - ipBlock: {cidr: {{ . | quote }}}
        {{- end }}
      {{- end }}
    {{- end }}
    {{- end }}
{{- end }}
{{- end }}
