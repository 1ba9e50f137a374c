// Apache POI: the container and the message. Run from source, as `java Poi.java`.

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import org.apache.poi.hsmf.MAPIMessage;
import org.apache.poi.hsmf.datatypes.AttachmentChunks;
import org.apache.poi.hsmf.datatypes.RecipientChunks;

public class Poi {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String path = in.readLine(); path != null; path = in.readLine()) {
            try (MAPIMessage message = new MAPIMessage(new File(path))) {
                walk(message);
            } catch (Throwable error) {
                System.out.println("complaint " + error.toString().replaceAll("\\s+", " "));
            }
            System.out.println("done");
        }
    }

    static void walk(MAPIMessage message) throws Exception {
        message.setReturnNullOnMissingChunk(true);
        message.guess7BitEncoding();
        message.getSubject();
        message.getTextBody();
        message.getHtmlBody();
        message.getMessageDate();
        for (RecipientChunks recipient : message.getRecipientDetailsChunks()) {
            recipient.getRecipientName();
            recipient.getRecipientEmailAddress();
        }
        for (AttachmentChunks attachment : message.getAttachmentFiles()) {
            if (attachment.isEmbeddedMessage()) {
                walk(attachment.getEmbeddedMessage());
            }
        }
    }
}
